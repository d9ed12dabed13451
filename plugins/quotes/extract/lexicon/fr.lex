= word SAY VPAST VERB
said
= word DET
zzzfr zzy zzx
