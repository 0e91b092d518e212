using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;

namespace Finwait.Stack.Tests;

/// <summary>Frames that a real Linux kernel sent: the captures packed in <c>tests/golden/tcpdump.tar.br</c>.</summary>
internal static class Golden
{
    private static readonly SortedDictionary<string, byte[]> s_captures = Read();

    /// <summary>All captures by name, such as <c>03-handshake/romeo.pcap</c>.</summary>
    public static IEnumerable<string> Names => s_captures.Keys;

    public static List<byte[]> Frames(string experiment, string host) => Frames($"{experiment}/{host}.pcap");

    public static List<byte[]> Frames(string name)
    {
        byte[] file = s_captures[name];
        Assert.Equal(0xA1B2C3D4, BinaryPrimitives.ReadUInt32LittleEndian(file));
        List<byte[]> frames = [];
        for (int at = 24; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 8));
            frames.Add(file[(at + 16)..(at + 16 + length)]);
            at += 16 + length;
        }

        return frames;
    }

    private static SortedDictionary<string, byte[]> Read()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !Directory.Exists(Path.Combine(folder, "tests", "golden")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        SortedDictionary<string, byte[]> captures = new(StringComparer.Ordinal);
        using FileStream packed = File.OpenRead(Path.Combine(folder ?? throw new DirectoryNotFoundException("tests/golden"), "tests", "golden", "tcpdump.tar.br"));
        using BrotliStream unpacked = new(packed, CompressionMode.Decompress);
        using TarReader tar = new(unpacked);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.Name.EndsWith(".pcap", StringComparison.Ordinal))
            {
                using MemoryStream bytes = new();
                entry.DataStream!.CopyTo(bytes);
                captures.Add(entry.Name, bytes.ToArray());
            }
        }

        return captures;
    }
}
