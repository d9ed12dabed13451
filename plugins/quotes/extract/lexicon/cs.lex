= word SAY VPAST VERB
= word DET
zzzcs zzy zzx
