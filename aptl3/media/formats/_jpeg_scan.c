/* The entropy-coded data of a baseline JPEG, read for a picture of a quarter or an eighth of its size.

Owns the bit stream of one scan and nothing else: headers are parsed, and what is written here becomes colours, in Python
(jpeg_planes.py). Guarantees: whatever the data holds, no byte outside the given buffers is read or written, and it ends;
the planes count only where ``read`` says so, which it does for data in perfect order alone. All else is libjpeg's, which
knows how to name what is wrong.

Why: at 1/4 libjpeg-turbo spends four fifths of its time on Huffman codes of coefficients that such a picture does not
need. They need not be decoded, only passed over: a table indexed by the next PASS bits tells in one step how many bits
the whole codes in them take, with the bits of their values, and how many coefficients those are. The bytes that were
stuffed are taken out beforehand, so that the stream can be read eight bytes at a time.

Terms and numbers are those of ITU-T T.81: B.1.1.5 (markers, stuffing), B.2.3 (scans), C (tables), F.2.2 (decoding).
*/

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define PASS 12 /* bits, as both by trial: more find no room in the first cache */
#define ONE 10
#define COMPONENTS 3
#define COEFFICIENTS 64
#define LAST 4           /* zigzag number of the last coefficient that 2×2 pixels are made of */
#define WANTED 72        /* room for all that LAST codes can reach: 1 + 16 · LAST */
#define LARGEST_DC 11    /* bits of a value: T.81 tables F.1 and F.2 */
#define LARGEST_AC 10    /* with 11 the arithmetic of ``four`` could overflow */
#define RANGE 4096       /* of a dequantized DC value: four times what 8-bit pixels give, where libjpeg begins to wrap */
#define PADDING 1024     /* zero bytes behind the data: a block takes 27 + 63 · 26 bits at most, and 16 bytes are read ahead */
#define BLOCKS_OF_MCU 10
#define MOST 65535       /* MCUs, bytes of a row: more than a JPEG's 65535 pixels need */

/* Entries of ``pass`` and ``one``, 0 where one code has to be looked at: the length of all codes and values in bits 0-5
(a shift needs no mask then), and whether the block ends. Then ``pass`` has the coefficients that are passed over, zeros
and others; ``one`` has the zeros before its coefficient, and its value, which is 0 for a code of 16 zeros. */
#define LENGTH(entry) ((entry) & 63)
#define ENDS 64
#define RUN(entry) (((entry) >> 7) & 127)
#define VALUE(entry) ((entry) >> 14)
#define ENTRY(length, ends, run) ((length) | (ends) | (run) << 7)

typedef struct {
    uint16_t code[1 << PASS]; /* length << 8 | symbol, 0 where the code is longer than PASS */
    uint16_t pass[1 << PASS];
    int32_t one[1 << ONE];
    int32_t last[17];         /* of each length the last code, -1 without one */
    int32_t offset[17];       /* from a code to its place in ``symbols`` */
    uint8_t symbols[256];
} Huffman;

typedef struct {
    const uint8_t *at; /* what is read next, up to eight bytes ahead */
    const uint8_t *end;
    uint64_t bits;  /* the next ones, from the top */
    unsigned count; /* of them, those that count */
} Stream;

typedef struct {
    int across, down; /* blocks of an MCU */
    int side;         /* pixels of a block, each way: 1 or 2 */
    int32_t quant[WANTED]; /* those behind COEFFICIENTS are 0 */
    Huffman dc, ac;
    uint8_t *plane;
    Py_ssize_t stride;
    int32_t predicted;
} Component;

static inline uint64_t eight(const uint8_t *at)
{
    uint64_t value = 0;
#if defined(__GNUC__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(&value, at, 8);
    return __builtin_bswap64(value);
#else
    for (int i = 0; i < 8; i++)
        value = value << 8 | at[i];
    return value;
#endif
}

/* At least 56 bits count after it. What lies below them is what comes next already, so that it may be OR-ed again. */
static inline void refill(Stream *s)
{
    s->bits |= eight(s->at) >> s->count;
    s->at += (63 - s->count) >> 3;
    s->count |= 56;
}

static inline void skip(Stream *s, unsigned length)
{
    s->bits <<= length;
    s->count -= length;
}

/* The next symbol, or -1 for bits that are no code. */
static inline int symbol(Stream *s, const Huffman *table)
{
    unsigned entry = table->code[s->bits >> (64 - PASS)];
    if (entry) {
        skip(s, entry >> 8);
        return entry & 255;
    }
    for (unsigned length = PASS + 1; length <= 16; length++) {
        int32_t code = (int32_t)(s->bits >> (64 - length));
        if (code <= table->last[length]) { /* smaller ones would have been found as shorter codes */
            skip(s, length);
            return table->symbols[table->offset[length] + code];
        }
    }
    return -1;
}

/* A value of 1 to 15 bits: T.81 F.2.2.1, EXTEND. */
static inline int value(Stream *s, unsigned size)
{
    int bits = (int)(s->bits >> (64 - size)), negative = (bits >> (size - 1)) - 1;
    skip(s, size);
    return bits + (negative & (1 - (1 << size)));
}

/* One block: ``wanted`` gets coefficient 0, and for four pixels those up to LAST and maybe more, dequantized. */
static inline int block(Stream *s, Component *c, int32_t *wanted)
{
    refill(s);
    int32_t entry = c->dc.one[s->bits >> (64 - ONE)];
    if (entry) {
        skip(s, LENGTH(entry));
        c->predicted += VALUE(entry);
    } else {
        int size = symbol(s, &c->dc);
        if (size < 0)
            return 0;
        c->predicted += size ? value(s, (unsigned)size) : 0;
    }
    if (c->predicted <= -RANGE || c->predicted >= RANGE)
        return 0;
    wanted[0] = c->predicted * c->quant[0];
    if (wanted[0] <= -RANGE || wanted[0] >= RANGE - 4)
        return 0;
    unsigned k = 1;
    if (c->side == 2) {
        wanted[1] = wanted[2] = wanted[3] = wanted[4] = 0;
        refill(s); /* LAST · ONE <= 56 */
        for (int i = 0; i < LAST; i++) { /* always as many: what the processor foresees costs less than what is saved */
            entry = c->ac.one[s->bits >> (64 - ONE)];
            unsigned run;
            int number;
            if (entry) {
                skip(s, LENGTH(entry));
                if (entry & ENDS)
                    return 1;
                run = RUN(entry);
                number = VALUE(entry);
                k += run;
            } else {
                refill(s);
                int both = symbol(s, &c->ac);
                if (both < 0)
                    return 0;
                unsigned size = (unsigned)both & 15;
                run = (unsigned)both >> 4;
                if (size == 0 && run != 15)
                    return run == 0;
                k += run;
                number = size ? value(s, size) : 0;
                refill(s);
            }
            wanted[k] = number * (int32_t)c->quant[k];
            k++;
        }
        if (k > COEFFICIENTS)
            return 0;
    }
    const uint16_t *pass = c->ac.pass;
    uint64_t bits;
    unsigned codes;
    for (;;) {
        refill(s); /* 4 · PASS <= 56; a block that is full or overfull ends in ``single`` */
        bits = s->bits;
        unsigned count = s->count;
#define STEP                                   \
    codes = pass[bits >> (64 - PASS)];         \
    if (codes == 0 || k + RUN(codes) > 63)     \
        goto single;                           \
    k += RUN(codes);                           \
    bits <<= LENGTH(codes);                    \
    count -= LENGTH(codes);                    \
    if (codes & ENDS)                          \
        goto done;
        STEP
        STEP
        STEP
        STEP
        s->bits = bits;
        s->count = count;
        continue;
    done:
        s->bits = bits;
        s->count = count;
        return 1;
    single:
        s->bits = bits;
        s->count = count;
        if (k == COEFFICIENTS)
            return 1;
        refill(s);
        int both = symbol(s, &c->ac);
        if (both < 0)
            return 0;
        unsigned run = (unsigned)both >> 4, extra = (unsigned)both & 15;
        if (extra == 0 && run != 15)
            return run == 0;
        k += run + 1;
        skip(s, extra);
        if (k > COEFFICIENTS)
            return 0;
    }
}

static inline uint8_t level(int32_t eighths)
{
    int32_t grey = ((eighths + 4) >> 3) + 128;
    return grey < 0 ? 0 : grey > 255 ? 255 : (uint8_t)grey;
}

/* 2×2 pixels. The weights lie between those of an inverse DCT of 2×2 coefficients (1, 1) and those of an average over
4×4 pixels (0.906, 0.821): of four pairs that were tried, a network's vectors came nearest to those of the whole picture. */
static inline void four(uint8_t *pixels, Py_ssize_t stride, const int32_t *f)
{
    int32_t across = f[1] * 31 / 32, down = f[2] * 31 / 32, both = f[4] * 30 / 32;
    pixels[0] = level(f[0] + down + across + both);
    pixels[1] = level(f[0] + down - across - both);
    pixels[stride] = level(f[0] - down + across - both);
    pixels[stride + 1] = level(f[0] - down - across + both);
}

static int mcu(Stream *s, Component *components, Py_ssize_t count, Py_ssize_t row, Py_ssize_t column)
{
    for (Component *c = components; c < components + count; c++)
        for (int y = 0; y < c->down; y++)
            for (int x = 0; x < c->across; x++) {
                int32_t wanted[WANTED];
                if (s->at > s->end + 8 || !block(s, c, wanted))
                    return 0;
                Py_ssize_t down = (row * c->down + y) * c->side, right = (column * c->across + x) * c->side;
                uint8_t *pixels = c->plane + down * c->stride + right;
                if (c->side == 2)
                    four(pixels, c->stride, wanted);
                else
                    *pixels = level(wanted[0]);
            }
    return 1;
}

/* Copies up to the next marker, without the zeros that were stuffed behind each 0xFF. Returns the marker's place, or NULL
where the data ends before one. ``to`` has room for all and for PADDING. */
static const uint8_t *unstuff(const uint8_t *from, const uint8_t *end, uint8_t *to, Stream *stream)
{
    *stream = (Stream){.at = to};
    for (;;) {
        const uint8_t *found = memchr(from, 0xFF, (size_t)(end - from));
        if (found == NULL || end - found < 2)
            return NULL;
        memcpy(to, from, (size_t)(found - from));
        to += found - from;
        if (found[1] != 0) {
            memset(to, 0, PADDING);
            stream->end = to;
            return found;
        }
        *to++ = 0xFF;
        from = found + 2;
    }
}

/* Whether all was read, up to the bits that fill the last byte. */
static int is_read(const Stream *s)
{
    int64_t left = (int64_t)(s->end - s->at) * 8 + (int64_t)s->count;
    return left >= 0 && left < 8;
}

/* The scan; where it ends is the place of the marker after it. NULL: not in perfect order. */
static const uint8_t *scan(const uint8_t *from, const uint8_t *end, uint8_t *room, Component *components,
                           Py_ssize_t count, Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t restart)
{
    Stream stream;
    const uint8_t *marker = unstuff(from, end, room, &stream);
    Py_ssize_t due = restart, number = 0;
    for (Py_ssize_t row = 0; marker && row < rows; row++)
        for (Py_ssize_t column = 0; column < columns; column++) {
            if (restart && due-- == 0) {
                if (!is_read(&stream) || marker[1] != 0xD0 + (number++ & 7))
                    return NULL;
                marker = unstuff(marker + 2, end, room, &stream);
                if (marker == NULL)
                    return NULL;
                for (Py_ssize_t i = 0; i < count; i++)
                    components[i].predicted = 0;
                due = restart - 1;
            }
            if (!mcu(&stream, components, count, row, column))
                return NULL;
        }
    return marker && is_read(&stream) ? marker : NULL;
}

/* 0: no such table (a code of ones alone is none), or one with values of more than ``largest`` bits. */
static int build(Huffman *table, const uint8_t *spec, Py_ssize_t size, int largest, int runs)
{
    int32_t code = 0, total = 0;
    if (size < 16)
        return 0;
    memset(table->code, 0, sizeof table->code);
    for (int length = 1; length <= 16; length++) {
        int32_t number = spec[length - 1];
        if (total + number > size - 16 || total + number > 256 || code + number >= 1 << length)
            return 0;
        table->offset[length] = total - code;
        table->last[length] = number ? code + number - 1 : -1;
        for (; number; number--, code++, total++) {
            uint8_t symbol = table->symbols[total] = spec[16 + total];
            if ((symbol & 15) > largest || (symbol >> 4 && !runs))
                return 0;
            if (length <= PASS)
                for (int32_t at = code << (PASS - length); at < (code + 1) << (PASS - length); at++)
                    table->code[at] = (uint16_t)(length << 8 | symbol);
        }
        code <<= 1;
    }
    return total == size - 16;
}

static int32_t entry_of_one(const Huffman *table, uint32_t index)
{
    unsigned code = table->code[index << (PASS - ONE)], length = code >> 8, run = (code >> 4) & 15, size = code & 15;
    if (code == 0 || length + size > ONE || (size == 0 && run != 15 && run != 0))
        return 0;
    if (size == 0)
        return (int32_t)ENTRY(length, run ? 0 : ENDS, run);
    int32_t bits = (int32_t)(index >> (ONE - length - size)) & ((1 << size) - 1);
    int32_t number = bits < (1 << (size - 1)) ? bits - (1 << size) + 1 : bits;
    return number * (1 << 14) + (int32_t)ENTRY(length + size, 0, run);
}

static void build_one(Huffman *table)
{
    for (uint32_t index = 0; index < 1 << ONE; index++)
        table->one[index] = entry_of_one(table, index);
}

static void build_pass(Huffman *table)
{
    for (uint32_t index = 0; index < 1 << PASS; index++) {
        unsigned length = 0, run = 0, ends = 0;
        while (!ends) {
            unsigned entry = table->code[(index << length) & ((1 << PASS) - 1)];
            unsigned symbol = entry & 255, bits = length + (entry >> 8) + (symbol & 15);
            if (entry == 0 || bits > PASS)
                break;
            if ((symbol & 15) == 0 && symbol >> 4 != 15) {
                if (symbol) /* no code of a sequential JPEG */
                    break;
                ends = ENDS;
            } else if (run + (symbol >> 4) + 1 < COEFFICIENTS) {
                run += (symbol >> 4) + 1;
            } else {
                break;
            }
            length = bits;
        }
        table->pass[index] = (uint16_t)ENTRY(length, ends, run);
    }
}


/* One component as Python gives it. 0: an exception is set, or ``fits`` says no, and then ``plane`` is held. */
static int convert(PyObject *given, Component *c, Py_buffer *plane, Py_ssize_t rows, Py_ssize_t columns, int *fits)
{
    Py_buffer quant, dc, ac;
    if (!PyArg_ParseTuple(given, "iiiy*y*y*w*n", &c->across, &c->down, &c->side, &quant, &dc, &ac, plane, &c->stride))
        return 0;
    *fits = c->across >= 1 && c->across <= 4 && c->down >= 1 && c->down <= 4 && c->side >= 1 && c->side <= 2;
    int64_t wide = *fits ? (int64_t)columns * c->across * c->side : 0;
    int64_t high = *fits ? (int64_t)rows * c->down * c->side : 0;
    *fits = *fits &&
            c->stride <= MOST && wide <= c->stride && high * c->stride <= plane->len &&
            quant.len == 2 * COEFFICIENTS && build(&c->dc, dc.buf, dc.len, LARGEST_DC, 0) &&
            build(&c->ac, ac.buf, ac.len, LARGEST_AC, 1);
    if (*fits) {
        const uint8_t *bytes = quant.buf;
        memset(c->quant, 0, sizeof c->quant);
        for (int i = 0; i < COEFFICIENTS; i++)
            c->quant[i] = bytes[2 * i] << 8 | bytes[2 * i + 1];
        build_pass(&c->ac);
        build_one(&c->ac);
        build_one(&c->dc);
        c->plane = plane->buf;
        c->predicted = 0;
    }
    PyBuffer_Release(&quant);
    PyBuffer_Release(&dc);
    PyBuffer_Release(&ac);
    return *fits;
}

PyDoc_STRVAR(read_doc,
"read(data, start, components, rows, columns, restart) -> int\n\n"
"Reads the scan that begins at data[start] into the components' planes. Returns where the marker after it stands, or\n"
"-1: the data is not in perfect order, and the planes do not count.\n\n"
"components: in the scan's order (blocks of an MCU across, down, side, quantization as 64 big-endian uint16 in zigzag\n"
"order, DC table, AC table (each as in DHT: 16 counts, then the symbols), plane, its stride in bytes). A plane has\n"
"side × side bytes for each block, in rows × columns MCUs; with 2 they are what its coefficients 0, 1, 2 and 4 give.\n"
"restart: MCUs of an interval, or 0.\n\n"
"Raises ValueError for planes that are too small, or tables that are none.");

static PyObject *read_scan(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    Py_buffer data, planes[COMPONENTS];
    Py_ssize_t start, rows, columns, restart, found = -1;
    PyObject *given;
    int taken = 0, fits = 1, blocks = 0;
    if (!PyArg_ParseTuple(arguments, "y*nO!nnn", &data, &start, &PyTuple_Type, &given, &rows, &columns, &restart))
        return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(given);
    Component *components = NULL;
    uint8_t *room = NULL;
    if (count < 1 || count > COMPONENTS || start < 0 || start > data.len || rows < 1 || rows > MOST || columns < 1 ||
        columns > MOST || restart < 0) {
        fits = 0;
        goto end;
    }
    components = PyMem_Malloc((size_t)count * sizeof(Component));
    room = PyMem_RawMalloc((size_t)(data.len - start) + PADDING);
    if (components == NULL || room == NULL) {
        PyErr_NoMemory();
        goto end;
    }
    for (; taken < count; taken++) {
        Component *c = components + taken;
        if (!convert(PyTuple_GET_ITEM(given, taken), c, planes + taken, rows, columns, &fits)) {
            taken += !PyErr_Occurred(); /* then its plane was taken, too */
            goto end;
        }
        blocks += c->across * c->down;
    }
    if (blocks > BLOCKS_OF_MCU) {
        fits = 0;
        goto end;
    }
    const uint8_t *bytes = data.buf, *marker;
    Py_BEGIN_ALLOW_THREADS
    marker = scan(bytes + start, bytes + data.len, room, components, count, rows, columns, restart);
    Py_END_ALLOW_THREADS
    if (marker)
        found = marker - bytes;
end:
    for (int i = 0; i < taken; i++)
        PyBuffer_Release(planes + i);
    PyMem_RawFree(room);
    PyMem_Free(components);
    PyBuffer_Release(&data);
    if (!fits && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "planes that are too small, or tables that are none");
    return PyErr_Occurred() ? NULL : PyLong_FromSsize_t(found);
}

static PyMethodDef methods[] = {{"read", read_scan, METH_VARARGS, read_doc}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "_jpeg_scan", .m_doc = "The entropy-coded data of a baseline JPEG.", .m_methods = methods};

PyMODINIT_FUNC PyInit__jpeg_scan(void)
{
    return PyModuleDef_Init(&definition);
}
