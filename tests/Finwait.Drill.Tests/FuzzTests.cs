namespace Finwait.Drill.Tests;

/// <summary>Whatever the text, there is a result: nothing is thrown, and nothing runs for ever.</summary>
public class FuzzTests
{
    private static readonly string[] s_pieces =
    [
        "+0 ", "0 ", "* ", "+.1...0.2 ", "1~2 ", "< ", "> ", "S ", ". ", "P. ", "R ", "- ", "0:0(0) ", "1:1001(1000) ", "ack 1 ", "win 65535 ", "<mss 1460>", "<sack 1:2>", "<...>", "socket(", "..., ", "SOCK_STREAM, ",
        ") = 3", ") = -1 EAGAIN", "{", "}", "[", "]", "\"", "`", "%{ ", " }%", "assert ", "tcpi_snd_cwnd", " == ", "(", ")", "9999999999999999999", "-1", "0x", "\n", "//", "/*", "*/", "#", "sysctl ", "icmp ", "udp (",
        "epoll_wait(", "poll([{fd=", "setsockopt(3, SOL_SOCKET, SO_LINGER, ", "-9223372036854775807", "/ 0", "** 999", "<< 70", "\0", "é", "--mtu=68", "--ip_version=ipv6", "close(3) = 0", "write(3, ..., 100) = 100",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_PiecesInAnyOrder_GivesAResult(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 3000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => s_pieces[random.Next(s_pieces.Length)]));
            AssertHasResult(random.Next(2) == 0 ? text : Scripts.Open + text);
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Run_ScriptsDamaged_GivesAResult(int seed)
    {
        var random = new Random(seed);
        foreach (string script in Own.Scripts)
        {
            string text = Own.Read(script);
            for (int i = 0; i < 12; i++)
            {
                int at = random.Next(text.Length);
                AssertHasResult(random.Next(4) switch
                {
                    0 => text[..at],
                    1 => text.Remove(at, Math.Min(random.Next(1, 40), text.Length - at)),
                    2 => text.Insert(at, s_pieces[random.Next(s_pieces.Length)]),
                    _ => text[..at] + (char)random.Next(1, 128) + text[(at + 1)..],
                });
            }
        }
    }

    private static void AssertHasResult(string text)
    {
        DrillResult result = Scripts.Run(text);
        Assert.True(result.Outcome == DrillOutcome.Ok || result.Message.Length > 0, text);
    }
}
