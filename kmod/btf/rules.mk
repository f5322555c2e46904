# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - gives the module its BTF where the kernel headers can't
#
# Without BTF no program can call the module's functions.  kbuild makes it with pahole(1)
# if the headers ship the kernel's own BTF in a file vmlinux.  Debian 12's don't:
# there the BTF is made from the other objects, before the module is linked, and
# linked in as one object more.

PHONY += bw_pahole
bw_pahole:
	@command -v $(PAHOLE) >/dev/null || \
		{ echo "bulwark: '$(PAHOLE)' is missing: install the package pahole" >&2; exit 1; }

$(obj)/main.o: | bw_pahole

ifeq ($(wildcard $(objtree)/vmlinux),)

bw_described := $(addprefix $(obj)/,$(bulwark-y))
bulwark-y += btf/section.o
hostprogs += btf/fill_ids
targets += btf/module.btf
clean-files += btf/base.btf btf/described

quiet_cmd_bw_btf = BTF     $@
      cmd_bw_btf = LD="$(LD)" OBJCOPY="$(OBJCOPY)" PAHOLE="$(PAHOLE)" PAHOLE_FLAGS="$(PAHOLE_FLAGS)" \
	BASE="$(BW_BTF_BASE)" $(CONFIG_SHELL) $(src)/btf/make.sh $(KERNELRELEASE) $(obj)/btf \
	$(obj)/kfuncs.o $(bw_described)

$(obj)/btf/module.btf: $(bw_described) $(obj)/btf/fill_ids \
			$(src)/btf/make.sh $(src)/btf/unpack.sh FORCE
	$(call if_changed,bw_btf)

AFLAGS_btf/section.o := -Wa,-I$(obj)/btf
$(obj)/btf/section.o: $(obj)/btf/module.btf

endif
