namespace Finwait.Wire;

/// <summary>Walks over raw TCP options one by one, good and bad ones: for printers and tools. Never throws, whatever the bytes.</summary>
/// <remarks>
/// Use it in <c>foreach</c>. Options come in the order of the bytes, no-operations included. An end-of-list option is the last one, with the
/// padding behind it as its data. An option with an <see cref="TcpOption.Error"/> is the last one, with the bytes that are there as its data.
/// </remarks>
public ref struct TcpOptionReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _next;
    private TcpOption _current;

    /// <summary>A reader over <paramref name="optionBytes"/>, of any length.</summary>
    public TcpOptionReader(ReadOnlySpan<byte> optionBytes) => _bytes = optionBytes;

    /// <summary>The option that <see cref="MoveNext"/> found.</summary>
    public readonly TcpOption Current => _current;

    /// <summary>For <c>foreach</c>.</summary>
    public readonly TcpOptionReader GetEnumerator() => this;

    /// <summary>Goes to the next option; false at the end.</summary>
    public bool MoveNext()
    {
        int at = _next;
        if (at >= _bytes.Length)
        {
            _current = default;
            return false;
        }

        byte kind = _bytes[at];
        if (kind is TcpOptionKind.EndOfOptionList or TcpOptionKind.NoOperation)
        {
            bool isEnd = kind == TcpOptionKind.EndOfOptionList;
            _current = new(kind, 1, at, isEnd ? _bytes[(at + 1)..] : default, OptionError.None);
            _next = isEnd ? _bytes.Length : at + 1;
            return true;
        }

        int left = _bytes.Length - at;
        byte length = left > 1 ? _bytes[at + 1] : (byte)0;
        OptionError error = left == 1 ? OptionError.NoLength
            : length < 2 ? OptionError.BadLength
            : length > left ? OptionError.Truncated
            : OptionError.None;
        int end = error == OptionError.None ? at + length : _bytes.Length;
        _current = new(kind, length, at, left > 1 ? _bytes[(at + 2)..end] : default, error);
        _next = end;
        return true;
    }
}
