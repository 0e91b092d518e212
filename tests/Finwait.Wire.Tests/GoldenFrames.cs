using System.Buffers.Binary;

namespace Finwait.Wire.Tests;

/// <summary>Frames that a real Linux kernel sent: the captures in <c>tests/golden</c> from links without offload, so that every checksum is real.</summary>
internal static class GoldenFrames
{
    private static readonly string[] s_files =
    [
        "02-connection-refused/romeo.pcap", "03-handshake/romeo.pcap",
        "19a-fast-retransmit-sack/romeo.pcap", "22-ipv6/romeo.pcap", "22-ipv6/juliet.pcap", "24-nc-session/romeo.pcap",
    ];

    public static List<byte[]> All { get; } = s_files.SelectMany(Read).ToList();

    /// <summary>One frame of each length and kind, to keep exhaustive tests short.</summary>
    public static List<byte[]> Distinct { get; } = All
        .GroupBy(frame => (frame.Length > 200 ? 200 : frame.Length, frame[12], frame[13], frame.Length > 47 ? frame[47] : 0))
        .Select(group => group.First()).ToList();

    private static IEnumerable<byte[]> Read(string name)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !Directory.Exists(Path.Combine(folder, "tests", "golden")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        byte[] file = File.ReadAllBytes(Path.Combine(folder ?? throw new DirectoryNotFoundException("tests/golden"), "tests", "golden", name));
        Assert.Equal(0xA1B2C3D4, BinaryPrimitives.ReadUInt32LittleEndian(file));
        for (int at = 24; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 8));
            yield return file[(at + 16)..(at + 16 + length)];
            at += 16 + length;
        }
    }
}
