namespace Finwait.Lab;

/// <summary>The files of one lab host, in memory. All live in one directory.</summary>
internal sealed class LabFiles
{
    /// <summary>More files, or larger ones, are refused as a full disk refuses them.</summary>
    public const int MaxFiles = 256;
    public const int MaxLength = 256 * 1024 * 1024;

    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _files.Keys;

    /// <summary>The name without <c>./</c> and <c>/root/</c> in front.</summary>
    public static string Normalize(string name)
    {
        name = name.StartsWith("/root/", StringComparison.Ordinal) ? name[6..] : name;
        return name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
    }

    public bool TryRead(string name, out byte[] content) => _files.TryGetValue(Normalize(name), out content!);

    /// <summary>False if the disk is full or the name is none.</summary>
    public bool Write(string name, byte[] content)
    {
        name = Normalize(name);
        if (name is "" or "." or ".." || name.Contains('/', StringComparison.Ordinal) || content.Length > MaxLength || (!_files.ContainsKey(name) && _files.Count >= MaxFiles))
        {
            return false;
        }

        _files[name] = content;
        return true;
    }

    /// <summary>Why <see cref="Write"/> refused, in the words of the C library.</summary>
    public string WhyNot(string name)
    {
        string plain = Normalize(name);
        return plain.Length == 0 || plain is "." or ".." or "/" or "/root" ? "Is a directory"
            : plain.Contains('/', StringComparison.Ordinal) ? "No such file or directory" : "No space left on device";
    }

    public bool Append(string name, ReadOnlySpan<byte> content) => Write(name, TryRead(name, out byte[] old) ? [.. old, .. content] : content.ToArray());

    public bool Remove(string name) => _files.Remove(Normalize(name));
}
