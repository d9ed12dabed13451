= word SAY VPAST VERB
= word DET
zzzru zzy zzx
