"""Content codings read by the libraries that browsers use, without a module of Python's for each."""
import ctypes
import ctypes.util
import zlib


def library(name):
    return ctypes.CDLL(ctypes.util.find_library(name) or 'lib%s.so.1' % name)


def grow(decode, n):
    """The output of decode(buffer, room), which gives None where the room is too small."""
    room = max(65536, n * 20)
    while room < 1 << 30:
        out = ctypes.create_string_buffer(room)
        got = decode(out, room)
        if got is not None:
            return out.raw[:got]
        room *= 4
    raise AssertionError('it cannot be decoded')


def brotli(data):
    lib = library('brotlidec')

    def decode(out, room):
        size = ctypes.c_size_t(room)
        ok = lib.BrotliDecoderDecompress(ctypes.c_size_t(len(data)), data, ctypes.byref(size), out)
        return size.value if ok == 1 else None
    return grow(decode, len(data))


def zstd(data):
    lib = library('zstd')
    lib.ZSTD_decompress.restype = ctypes.c_size_t

    def decode(out, room):
        got = lib.ZSTD_decompress(out, ctypes.c_size_t(room), data, ctypes.c_size_t(len(data)))
        return None if lib.ZSTD_isError(ctypes.c_size_t(got)) else got
    return grow(decode, len(data))


def gunzip(data):
    d = zlib.decompressobj(31)
    text = d.decompress(data) + d.flush()
    assert d.eof and not d.unused_data
    return text


DECODERS = {'gzip': gunzip, 'br': brotli, 'zstd': zstd}
