namespace Finwait.Capture;

/// <summary>A window over a stream of any length: hands out runs of octets without copying them, holding no more than the largest run asked for.</summary>
internal sealed class CaptureInput(Stream stream)
{
    private const int InitialSize = 1 << 18;

    private byte[] _buffer = new byte[InitialSize];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Octets at hand without reading.</summary>
    public int Available => _end - _start;

    /// <summary>Tries to have <paramref name="count"/> octets at hand; returns how many there are, fewer only at the end of the stream.</summary>
    public int Fill(int count)
    {
        if (_end - _start < count && !_ended)
        {
            ReadMore(count);
        }

        return Math.Min(_end - _start, count);
    }

    /// <summary>The next octets, which <see cref="Fill"/> must have brought; valid until the next call of it.</summary>
    public ReadOnlySpan<byte> Peek(int count) => _buffer.AsSpan(_start, count);

    /// <summary>Steps over octets that <see cref="Fill"/> brought.</summary>
    public void Skip(int count) => _start += count;

    /// <summary>Steps over octets that need not fit the buffer; returns how many there were.</summary>
    public long Discard(long count)
    {
        long left = count;
        while (left > 0)
        {
            int got = Fill((int)Math.Min(left, InitialSize));
            if (got == 0)
            {
                break;
            }

            Skip(got);
            left -= got;
        }

        return count - left;
    }

    private void ReadMore(int count)
    {
        int have = _end - _start;
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, have);
            _start = 0;
            _end = have;
        }

        while (_end < count)
        {
            if (_end == _buffer.Length)
            {
                // Doubling as octets arrive: a length field that lies costs no memory.
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }

            int read = stream.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0)
            {
                _ended = true;
                return;
            }

            _end += read;
        }
    }
}
