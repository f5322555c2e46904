// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - fills in the ids of the kfuncs, as the kernel's resolve_btfids does
 *
 * usage: fill_ids BASE.btf MODULE.btf OBJECT.o
 *
 * The macros of <linux/btf_ids.h> leave room in the section .BTF_ids and name it by
 * symbols.  For each function: __BTF_ID__func__NAME__N, 4 bytes for the id that NAME
 * has in MODULE.btf.  For each set of them: __BTF_ID__set8__NAME, whose first 4
 * bytes are for the number of functions, and the pairs of id and flags that follow
 * after 8 are to be sorted by id.
 *
 * Built on the target host with libc alone, for its own architecture.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <err.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define IDS_SECTION ".BTF_ids"
#define FUNC_PREFIX "__BTF_ID__func__"
#define SET8_PREFIX "__BTF_ID__set8__"

struct file {
	const char *path;
	unsigned char *bytes;
	size_t size;
};

/* A file is mapped until the program ends; what is written to it stays. */
static struct file file_map(const char *path, int mode)
{
	struct file file = { .path = path };
	struct stat st;
	int fd;

	fd = open(path, mode | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		err(1, "cannot open '%s'", path);

	file.size = st.st_size;
	file.bytes = mmap(NULL, file.size, mode == O_RDWR ? PROT_READ | PROT_WRITE : PROT_READ,
			  MAP_SHARED, fd, 0);
	if (file.bytes == MAP_FAILED)
		err(1, "cannot map '%s'", path);
	close(fd);
	return file;
}

static void *file_at(const struct file *file, size_t offset, size_t size)
{
	if (offset > file->size || size > file->size - offset)
		errx(1, "'%s' is cut short", file->path);
	return file->bytes + offset;
}

static const struct btf_header *btf_header(const struct file *file)
{
	const struct btf_header *header = file_at(file, 0, sizeof(*header));

	if (header->magic != BTF_MAGIC)
		errx(1, "'%s' is no BTF", file->path);
	file_at(file, header->hdr_len + header->type_off, header->type_len);
	file_at(file, header->hdr_len + header->str_off, header->str_len);
	return header;
}

/* Bytes that follow the common part of a type. */
static size_t type_tail(const struct file *file, const struct btf_type *type)
{
	size_t vlen = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return vlen * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return vlen * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return vlen * sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return vlen * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return vlen * sizeof(struct btf_var_secinfo);
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	default:
		errx(1, "'%s' has a kind of type that this tool doesn't know: %u", file->path,
		     BTF_INFO_KIND(type->info));
	}
}

/* Calls @visit for each type until it returns true; returns how many were seen. */
static uint32_t types_visit(const struct file *file,
			    bool (*visit)(const struct btf_type *type, void *data), void *data)
{
	const struct btf_header *header = btf_header(file);
	size_t offset = header->hdr_len + header->type_off;
	size_t end = offset + header->type_len;
	uint32_t seen = 0;

	while (offset < end) {
		const struct btf_type *type = file_at(file, offset, sizeof(*type));

		seen++;
		if (visit(type, data))
			break;
		offset += sizeof(*type) + type_tail(file, type);
	}
	return seen;
}

static bool visit_all(const struct btf_type *type, void *data)
{
	(void)type;
	(void)data;
	return false;
}

struct search {
	const struct file *base;
	const struct file *module;
	const char *name;
	size_t name_len;
	bool found;
};

/* The module's strings go on where the base's end. */
static const char *string_at(const struct search *search, uint32_t offset)
{
	uint32_t base_len = btf_header(search->base)->str_len;
	const struct file *file = offset < base_len ? search->base : search->module;
	const struct btf_header *header = btf_header(file);

	if (file == search->module)
		offset -= base_len;
	return file_at(file, header->hdr_len + header->str_off + offset, 1);
}

static bool visit_search(const struct btf_type *type, void *data)
{
	struct search *search = data;
	const char *name;

	if (BTF_INFO_KIND(type->info) != BTF_KIND_FUNC)
		return false;

	name = string_at(search, type->name_off);
	search->found = !strncmp(name, search->name, search->name_len) && !name[search->name_len];
	return search->found;
}

/* Ids go on too; 0 is void and in no file. */
static uint32_t func_id(struct search *search)
{
	uint32_t id;

	search->found = false;
	id = types_visit(search->base, visit_all, NULL) +
	     types_visit(search->module, visit_search, search);
	if (!search->found)
		errx(1, "'%s' doesn't describe '%.*s'", search->module->path, (int)search->name_len,
		     search->name);
	return id;
}

struct object {
	struct file file;
	const Elf64_Shdr *sections;
	size_t sections_len;
	size_t ids;
};

static const Elf64_Shdr *section_by_type(const struct object *object, uint32_t type)
{
	size_t i;

	for (i = 0; i < object->sections_len; i++)
		if (object->sections[i].sh_type == type)
			return &object->sections[i];
	errx(1, "'%s' has no section of type %u", object->file.path, type);
}

static size_t section_by_name(const struct object *object, size_t names, const char *name)
{
	size_t i;

	for (i = 0; i < object->sections_len; i++) {
		size_t at = object->sections[names].sh_offset + object->sections[i].sh_name;

		if (!strcmp(file_at(&object->file, at, 1), name))
			return i;
	}
	errx(1, "'%s' has no section '%s'", object->file.path, name);
}

static struct object object_open(const char *path)
{
	struct object object = { .file = file_map(path, O_RDWR) };
	const Elf64_Ehdr *header = file_at(&object.file, 0, sizeof(*header));

	if (memcmp(header->e_ident, ELFMAG, SELFMAG) || header->e_type != ET_REL)
		errx(1, "'%s' is no ELF object", path);

	object.sections_len = header->e_shnum;
	object.sections = file_at(&object.file, header->e_shoff,
				  object.sections_len * sizeof(*object.sections));
	object.ids = section_by_name(&object, header->e_shstrndx, IDS_SECTION);
	return object;
}

static uint32_t *ids_at(const struct object *object, const Elf64_Sym *symbol)
{
	size_t offset = object->sections[object->ids].sh_offset + symbol->st_value;

	return file_at(&object->file, offset, symbol->st_size);
}

static void fill_func(const struct object *object, const Elf64_Sym *symbol, const char *name,
		      struct search *search)
{
	const char *end;

	search->name = name + strlen(FUNC_PREFIX);
	end = memrchr(search->name, '_', strlen(search->name));
	if (!end || end - 1 <= search->name || symbol->st_size != sizeof(uint32_t))
		errx(1, "'%s' has a strange symbol '%s'", object->file.path, name);

	search->name_len = end - 1 - search->name;
	*ids_at(object, symbol) = func_id(search);
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t id_a = *(const uint32_t *)a;
	uint32_t id_b = *(const uint32_t *)b;

	return (id_a > id_b) - (id_a < id_b);
}

static void fill_set(const struct object *object, const Elf64_Sym *symbol)
{
	uint32_t *count = ids_at(object, symbol);
	size_t pair_size = 2 * sizeof(*count);

	*count = symbol->st_size / pair_size - 1;
	qsort(count + 2, *count, pair_size, compare_ids);
}

/* Sets are sorted only once all their ids are there. */
static void fill(const struct object *object, bool sets, struct search *search)
{
	const Elf64_Shdr *table = section_by_type(object, SHT_SYMTAB);
	const Elf64_Sym *symbols = file_at(&object->file, table->sh_offset, table->sh_size);
	const Elf64_Shdr *strings = &object->sections[table->sh_link];
	size_t i;

	for (i = 0; i < table->sh_size / sizeof(*symbols); i++) {
		const char *name =
			file_at(&object->file, strings->sh_offset + symbols[i].st_name, 1);

		if (symbols[i].st_shndx != object->ids)
			continue;
		if (sets && !strncmp(name, SET8_PREFIX, strlen(SET8_PREFIX)))
			fill_set(object, &symbols[i]);
		if (!sets && !strncmp(name, FUNC_PREFIX, strlen(FUNC_PREFIX)))
			fill_func(object, &symbols[i], name, search);
	}
}

int main(int argc, char **argv)
{
	struct file base, module;
	struct search search = { .base = &base, .module = &module };
	struct object object;

	if (argc != 4)
		errx(2, "usage: fill_ids BASE.btf MODULE.btf OBJECT.o");

	base = file_map(argv[1], O_RDONLY);
	module = file_map(argv[2], O_RDONLY);
	object = object_open(argv[3]);
	fill(&object, false, &search);
	fill(&object, true, &search);
	return 0;
}
