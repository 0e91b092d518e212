namespace Finwait.Lab;

/// <summary>The files of one lab host, in memory. All live in one directory.</summary>
internal sealed class LabFiles
{
    /// <summary>More files, or larger ones, are refused as a full disk refuses them.</summary>
    public const int MaxFiles = 256;

    /// <summary>Octets of one file.</summary>
    public const int MaxLength = 64 * 1024 * 1024;

    /// <summary>Octets of all files together.</summary>
    public const long MaxTotal = 256 * 1024 * 1024;

    private readonly SortedSet<string> _changed = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Content> _files = new(StringComparer.Ordinal);
    private long _total;

    public IEnumerable<string> Names => _files.Keys;

    /// <summary>The name without <c>./</c> and <c>/root/</c> in front.</summary>
    public static string Normalize(string name)
    {
        name = name.StartsWith("/root/", StringComparison.Ordinal) ? name[6..] : name;
        return name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
    }

    public bool TryRead(string name, out byte[] content)
    {
        bool found = _files.TryGetValue(Normalize(name), out Content? file);
        content = file?.Whole()!;
        return found;
    }

    /// <summary>False if the disk is full or the name is none: the file is then as it was.</summary>
    public bool Write(string name, byte[] content)
    {
        name = Normalize(name);
        bool exists = _files.TryGetValue(name, out Content? old);
        long total = _total + content.Length - (old?.Length ?? 0);
        if (!IsName(name) || content.Length > MaxLength || total > MaxTotal || (!exists && _files.Count >= MaxFiles))
        {
            return false;
        }

        _files[name] = new Content(content);
        _total = total;
        _changed.Add(name);
        return true;
    }

    /// <summary>Why <see cref="Write"/> refused, in the words of the C library.</summary>
    public string WhyNot(string name)
    {
        string plain = Normalize(name);
        return plain.Length == 0 || plain is "." or ".." or "/" or "/root" ? "Is a directory"
            : plain.Contains('/', StringComparison.Ordinal) ? "No such file or directory" : "No space left on device";
    }

    /// <summary>Octets that <see cref="Append"/> can still add to the file; 0 if the name is none.</summary>
    public int Room(string name)
    {
        name = Normalize(name);
        bool exists = _files.TryGetValue(name, out Content? file);
        return !IsName(name) || (!exists && _files.Count >= MaxFiles) ? 0 : (int)Math.Min(MaxLength - (file?.Length ?? 0), MaxTotal - _total);
    }

    /// <summary>Adds to the end of a file, which is made if there is none. As much as fits; false if that is not all, or the name is none.</summary>
    public bool Append(string name, ReadOnlySpan<byte> content)
    {
        name = Normalize(name);
        int length = Math.Min(content.Length, Room(name));
        if (!_files.TryGetValue(name, out Content? file))
        {
            if (!Write(name, []))
            {
                return false;
            }

            file = _files[name];
        }

        file.Add(content[..length]);
        _changed.Add(Normalize(name));
        _total += length;
        return length == content.Length;
    }

    public bool Remove(string name)
    {
        if (!_files.Remove(Normalize(name), out Content? file))
        {
            return false;
        }

        _total -= file.Length;
        return true;
    }

    /// <summary>Names of the files that were written since the last call and are still there.</summary>
    public IReadOnlyList<string> TakeChanged()
    {
        string[] changed = [.. _changed.Where(_files.ContainsKey)];
        _changed.Clear();
        return changed;
    }

    private static bool IsName(string name) => name is not ("" or "." or "..") && !name.Contains('/', StringComparison.Ordinal);

    /// <summary>The octets of a file. They are never changed in place, so that readers may keep what they got.</summary>
    private sealed class Content(byte[] octets)
    {
        private byte[] _octets = octets;

        public int Length { get; private set; } = octets.Length;

        public void Add(ReadOnlySpan<byte> more)
        {
            if (more.Length > _octets.Length - Length)
            {
                Array.Resize(ref _octets, Math.Max(Length + more.Length, (int)Math.Min(MaxLength, 2L * Length)));
            }

            more.CopyTo(_octets.AsSpan(Length));
            Length += more.Length;
        }

        public byte[] Whole()
        {
            if (_octets.Length != Length)
            {
                Array.Resize(ref _octets, Length);
            }

            return _octets;
        }
    }
}
