= word SAY VPAST VERB
= word DET
zzzde zzy zzx
