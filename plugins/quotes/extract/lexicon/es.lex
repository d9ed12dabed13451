= word SAY VPAST VERB
= word DET
zzzes zzy zzx
