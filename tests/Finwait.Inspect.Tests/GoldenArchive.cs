using System.Formats.Tar;
using System.IO.Compression;

namespace Finwait.Inspect.Tests;

/// <summary>
/// What tcpdump 4.99.3 printed for the golden captures, and the captures: <c>tests/golden/tcpdump.tar.br</c>, unpacked in
/// memory. (By hand: <c>brotli -dc tcpdump.tar.br | tar x</c>.)
/// </summary>
internal static class GoldenArchive
{
    private static readonly SortedDictionary<string, byte[]> s_files = Read();

    public static IEnumerable<string> Names => s_files.Keys;

    public static byte[] Bytes(string name) => s_files[name];

    /// <summary>The folder tests/golden.</summary>
    public static string Folder { get; } = FindFolder();

    private static SortedDictionary<string, byte[]> Read()
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        using FileStream packed = File.OpenRead(Path.Combine(FindFolder(), "tcpdump.tar.br"));
        using var unpacked = new BrotliStream(packed, CompressionMode.Decompress);
        using var tar = new TarReader(unpacked);
        while (tar.GetNextEntry() is { } entry)
        {
            using var bytes = new MemoryStream();
            entry.DataStream?.CopyTo(bytes);
            files.Add(entry.Name, bytes.ToArray());
        }

        return files;
    }

    private static string FindFolder()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !Directory.Exists(Path.Combine(folder, "tests", "golden")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return Path.Combine(folder ?? throw new DirectoryNotFoundException("tests/golden"), "tests", "golden");
    }
}
