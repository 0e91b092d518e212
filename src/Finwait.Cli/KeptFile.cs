namespace Finwait.Cli;

/// <summary>A file that grows. What could not be written stays in memory, up to a bound, and is written the next time: behind the last octet that is whole.</summary>
internal sealed class KeptFile(string path)
{
    /// <summary>Octets that are kept while they cannot be written; further ones are lost, and the file then ends before them.</summary>
    private const long MostPending = 256 << 20;

    /// <summary>Room that stays for the next octets.</summary>
    private const int MostIdle = 1 << 20;

    private readonly MemoryStream _pending = new();
    private long _length;
    private bool _isFull;

    /// <summary>Where it is.</summary>
    public string Path { get; } = path;

    /// <summary>Begins anew with these octets.</summary>
    public void Replace(ReadOnlySpan<byte> octets)
    {
        (_length, _isFull) = (0, false);
        _pending.SetLength(0);
        _pending.Write(octets);
        _isNew = true;
    }

    private bool _isNew;

    /// <summary>Adds octets, which <see cref="Write"/> writes.</summary>
    public void Add(ReadOnlySpan<byte> octets)
    {
        _isFull |= _pending.Length + octets.Length > MostPending;
        if (!_isFull)
        {
            _pending.Write(octets);
        }
    }

    /// <summary>Writes what is pending.</summary>
    /// <exception cref="IOException">It could not be written; it stays pending.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public void Write()
    {
        if (_pending.Length > 0 || _isNew)
        {
            WritePending();
        }

        if (_isFull)
        {
            throw new IOException("too much came while it could not be written: the file ends before that");
        }
    }

    private void WritePending()
    {
        if (_length > 0 && new FileInfo(Path) is var there && (!there.Exists || there.Length < _length))
        {
            throw new IOException("somebody took what was written before away");
        }

        using (var file = new FileStream(Path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0))
        {
            file.SetLength(_length);                    // a piece that a full disk cut off goes
            file.Position = _length;
            file.Write(_pending.GetBuffer().AsSpan(0, (int)_pending.Length));
        }

        _isNew = false;
        _length += _pending.Length;
        _pending.SetLength(0);
        if (_pending.Capacity > MostIdle)
        {
            _pending.Capacity = 0;
        }
    }
}
