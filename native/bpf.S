/* The compiled BPF objects, so that the library is one file. */
	.section .rodata

	.macro embed name, file
	.balign 8
	.global \name
	.hidden \name
	.type \name, %object
\name:
	.incbin "\file"
	.global \name\()_end
	.hidden \name\()_end
\name\()_end:
	.size \name, . - \name
	.endm

	embed fb_xdp_object, "xdp.bpf.o"
	embed fb_steer_object, "steer.bpf.o"

	.section .note.GNU-stack, "", %progbits
