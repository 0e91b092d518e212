using System.Text;
using Finwait.Capture;

namespace Finwait.Inspect.Tests;

/// <summary>Packets of the golden captures with octets changed, cut and torn by seed: nothing throws, and the text stays tcpdump's.</summary>
public class MutationSoakTests
{
    private static readonly string[] s_flags = ["-n", "-nv", "-nvvX", "-ne", "-nqA"];

    private static readonly List<byte[]> s_packets = ReadPackets();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Print_PacketsWithAnyOctetsChanged_NeverThrows(int seed) => PrintMutations(seed, count: 4_000);

    [Fact]
    [Trait("Category", "Long")]
    public void Print_AMillionPacketsWithAnyOctetsChanged_NeverThrows()
    {
        for (int seed = 100; seed < 120; seed++)
        {
            PrintMutations(seed, count: 50_000);
        }
    }

    // The octets that say which protocol follows stay: a changed one would lead to protocols that are not decoded here.
    [WitnessFact]
    public void Print_PacketsWithHeaderOctetsChanged_IsTheTextOfTheRealTcpdump() => CompareMutations(seed: 7, count: 400);

    [WitnessFact]
    [Trait("Category", "Long")]
    public void Print_ManyPacketsWithHeaderOctetsChanged_IsTheTextOfTheRealTcpdump()
    {
        for (int seed = 20; seed < 40; seed++)
        {
            CompareMutations(seed, count: 5_000);
        }
    }

    private static void PrintMutations(int seed, int count)
    {
        var random = new Random(seed);
        PacketPrinter[] printers = [.. s_flags.Select(flags => new PacketPrinter(DumpArguments.Parse([flags]).Print))];
        LinkType[] links = [LinkType.Ethernet, LinkType.Raw, LinkType.LinuxSll, LinkType.LinuxSll2, LinkType.Null, LinkType.Ppp];
        var text = new TextBuffer();
        for (int i = 0; i < count; i++)
        {
            byte[] packet = Mutate(random, keepTypes: false, out int captured);
            var record = new PacketRecord(i, 0, links[random.Next(4) == 0 ? random.Next(links.Length) : 0], (uint)packet.Length, packet.AsSpan(0, captured));
            text.Clear();
            printers[i % printers.Length].Print(record, text);
            Assert.Equal((byte)'\n', text.Written[^1]);
        }
    }

    private static void CompareMutations(int seed, int count)
    {
        var random = new Random(seed);
        using var capture = new MemoryStream();
        var writer = new PcapWriter(capture, LinkType.Ethernet);
        for (int i = 0; i < count; i++)
        {
            byte[] packet = Mutate(random, keepTypes: true, out int captured);
            writer.Write(new PacketRecord(i, 0, LinkType.Ethernet, (uint)packet.Length, packet.AsSpan(0, captured)));
        }

        writer.Flush();
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, capture.ToArray());
            foreach (string flags in s_flags)
            {
                string[] expected = Witness.Run(Path.GetTempPath(), flags, "-tt", "-r", file).Output.Split('\n');
                string[] actual = Encoding.Latin1.GetString(Dump.Run(capture.ToArray(), flags, "-tt")).Split('\n');
                for (int line = 0; line < Math.Min(expected.Length, actual.Length); line++)
                {
                    Assert.True(expected[line] == actual[line], $"seed {seed}, {flags}, line {line + 1}:\n{expected[line]}\n{actual[line]}");
                }

                Assert.Equal(expected.Length, actual.Length);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>One to four octets of a packet replaced, and one packet of eight cut.</summary>
    private static byte[] Mutate(Random random, bool keepTypes, out int captured)
    {
        byte[] packet = [.. s_packets[random.Next(s_packets.Count)]];
        for (int left = random.Next(1, 5); left > 0; left--)
        {
            int at = keepTypes ? 14 + random.Next(Math.Min(packet.Length - 14, 80)) : random.Next(packet.Length);
            if (!keepTypes || !NamesWhatFollows(packet, at))
            {
                packet[at] = random.Next(3) switch
                {
                    0 => (byte)random.Next(256),
                    1 => (byte)(packet[at] ^ (1 << random.Next(8))),
                    _ => (byte)(random.Next(2) * 255),
                };
            }
        }

        captured = random.Next(8) == 0 ? 1 + random.Next(packet.Length) : packet.Length;
        return packet;
    }

    private static bool NamesWhatFollows(byte[] packet, int at) => packet[12] == 0x86
        ? at is 14 or 20 or (>= 54 and <= 57)
        : packet[13] == 6 ? at is 14 or 15 : packet[13] == 0 && at is 14 or 23 or (>= 34 and <= 37);

    private static List<byte[]> ReadPackets()
    {
        List<byte[]> packets = [];
        foreach (string name in GoldenArchive.Names.Where(name => name.EndsWith(".pcap", StringComparison.Ordinal)))
        {
            Assert.True(CaptureReader.TryOpen(new MemoryStream(GoldenArchive.Bytes(name)), out CaptureReader? reader, out string? error), error);
            for (int i = 0; i < 200 && reader.TryRead(out PacketRecord packet); i++)
            {
                packets.Add(packet.Data.ToArray());
            }
        }

        return packets;
    }
}
