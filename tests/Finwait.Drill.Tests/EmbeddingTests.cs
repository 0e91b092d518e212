using System.Runtime.CompilerServices;
using System.Text;
using Finwait.Stack;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Drill.Tests;

/// <summary>The program of docs/embedding.md: it stands below word by word and does what the page says.</summary>
public class EmbeddingTests
{
    [Fact]
    public void Example_IsTheOneOfThePage()
    {
        string page = File.ReadAllText(Scripts.InRepository("docs", "embedding.md"));
        string source = File.ReadAllText(Here()).Replace("\r", "", StringComparison.Ordinal);
        Assert.Equal(Between(page, "```csharp\n", "```\n"), Unindent(Between(source, "// begin of the example\n", "        // end of the example\n")));
    }

    [Fact]
    public void Example_PrintsWhatThePageSays()
    {
        string page = File.ReadAllText(Scripts.InRepository("docs", "embedding.md"));
        var output = new StringWriter { NewLine = "\n" };
        Example(output);
        Assert.Equal(Between(page, "It prints\n\n```\n", "```\n"), output.ToString());
    }

    private static void Example(StringWriter Console)
    {
        // begin of the example
        var port = new PacketPort(new HostSettings { Seed = 7 });
        IpAddress host = IpAddress.Parse("192.168.0.1"), peer = IpAddress.Parse("192.0.2.1");
        port.AddAddress(host, 16);

        int socket = port.Socket(AddressFamily.Inet, SocketType.Stream);
        PortCall connect = port.Connect(socket, new SocketAddress(peer, 8080));

        // The SYN is under way. Answer it 50 ms later, as a peer that starts at sequence number 5000.
        port.TryTransmit(out Instant leftAt, out byte[] syn);
        Ipv4View.TryParse(syn, out Ipv4View ip);
        TcpView.TryParse(ip.Payload, out TcpView tcp);
        port.AdvanceTo(leftAt + TimeSpan.FromMilliseconds(50));
        byte[] answer = new byte[40];
        TcpWriter.WriteHeader(answer.AsSpan(20), 8080, tcp.SourcePort, new SeqNum(5000), tcp.Seq + 1, TcpFlags.Syn | TcpFlags.Ack, 65535, 0, default, TcpOptionLayout.Linux);
        TcpWriter.WriteChecksum(answer.AsSpan(20), peer, host);
        Ipv4Writer.Write(answer, peer, host, IpProtocol.Tcp, 20);
        port.Deliver(answer);

        // Now connect() has returned, and what is written leaves at once.
        Console.WriteLine($"connect() = {connect.Value} at {connect.CompletedAt}");
        port.Send(socket, "hello"u8);
        while (port.TryTransmit(out leftAt, out byte[] packet))
        {
            Console.WriteLine($"{leftAt}: {packet.Length} octets");
        }

        // Nobody acknowledges: the host says when it will try again.
        port.AdvanceTo(port.NextDeadline);
        port.TryTransmit(out leftAt, out byte[] again);
        Console.WriteLine($"{again.Length} octets again");
        // end of the example
    }

    private static string Between(string text, string begin, string end)
    {
        int from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }

    private static string Unindent(string text)
    {
        var result = new StringBuilder();
        foreach (string line in text.TrimEnd('\n').Split('\n'))
        {
            result.Append(line.Length > 8 ? line[8..] : line.Trim()).Append('\n');
        }

        return result.ToString();
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
