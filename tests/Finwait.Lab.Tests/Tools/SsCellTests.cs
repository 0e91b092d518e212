using System.Globalization;
using System.Text;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Lab.Tests;

/// <summary>Single cells: rates, timers, names, the summary.</summary>
public sealed class SsCellTests
{
    // Seen with ss 6.1 and sockets whose pacing rate was set to an eighth of the number.
    [Theory]
    [InlineData(8, "8")]
    [InlineData(992, "992")]
    [InlineData(1000, "1k")]
    [InlineData(1008, "1.01k")]
    [InlineData(98_760, "98.8k")]
    [InlineData(493_824, "494k")]
    [InlineData(999_992, "1e+03k")]
    [InlineData(1_000_000, "1M")]
    [InlineData(4_105_000, "4.11M")]
    [InlineData(4_125_000, "4.12M")]
    [InlineData(999_999_992, "1e+03M")]
    [InlineData(1_000_000_000, "1G")]
    [InlineData(4_125_000_000, "4.12G")]
    [InlineData(9_995_000_000, "9.99G")]
    public void Rate_WithoutN_HasThreeDigits(long bitsPerSecond, string expected)
    {
        Assert.Equal(expected, NumberText.Rate(bitsPerSecond, numeric: false));
        Assert.Equal(bitsPerSecond.ToString(CultureInfo.InvariantCulture), NumberText.Rate(bitsPerSecond, numeric: true));
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(4, "004ms")]
    [InlineData(816, "816ms")]
    [InlineData(2000, "2sec")]
    [InlineData(2464, "2.464ms")]
    [InlineData(9999, "9.999ms")]
    [InlineData(10_464, "10sec")]
    [InlineData(59_000, "59sec")]
    [InlineData(60_000, "1min")]
    [InlineData(61_500, "1min1sec")]
    [InlineData(599_000, "9min59sec")]
    [InlineData(7_199_000, "119min")]
    public void Timer_Remaining_IsWrittenAsSsDoes(int milliseconds, string expected)
    {
        StringBuilder text = new();
        SsInfoText.AppendTimer(text, TcpTimerKind.On, TimeSpan.FromMilliseconds(milliseconds), 2);
        Assert.Equal($" timer:(on,{expected},2)", text.ToString());
    }

    // C's printf, for comparison: printf '%g %.3g\n'.
    [Theory]
    [InlineData(0.022, 6, "0.022")]
    [InlineData(801.923, 6, "801.923")]
    [InlineData(1234.567, 6, "1234.57")]
    [InlineData(123456.7, 6, "123457")]
    [InlineData(1234567, 6, "1.23457e+06")]
    [InlineData(0.0001, 6, "0.0001")]
    [InlineData(0.00001, 6, "1e-05")]
    [InlineData(2.88672, 6, "2.88672")]
    [InlineData(0.125, 2, "0.12")]
    [InlineData(0.375, 2, "0.38")]
    [InlineData(4.125, 3, "4.12")]
    [InlineData(4.135, 3, "4.13")]
    [InlineData(2.5, 1, "2")]
    [InlineData(3.5, 1, "4")]
    public void General_IsPrintfsPercentG(double value, int digits, string expected) => Assert.Equal(expected, NumberText.General(value, digits));

    [Fact]
    public void Names_WithR_ReplaceAddressesThatHaveOne()
    {
        SsRow row = new() { Kind = SsKind.Tcp, State = TcpState.Established, Local = IpAddress.Parse("10.10.1.100"), LocalPort = 35200, Peer = IpAddress.Parse("::ffff:10.10.2.100"), PeerPort = 80 };
        ToolContext context = new() { Names = new([(IpAddress.Parse("10.10.1.100"), "romeo"), (IpAddress.Parse("10.10.2.100"), "juliet")]) };
        Assert.Equal("ESTAB 0      0      romeo:35200 juliet:http\n", SsCommand.Run(["-trH"], [row], context).Output);
        Assert.Equal("ESTAB 0      0      10.10.1.100:35200 [::ffff:10.10.2.100]:http\n", SsCommand.Run(["-tH"], [row], context).Output);
        Assert.Equal("ESTAB 0      0      romeo:35200 juliet:80\n", SsCommand.Run(["-tHrn"], [row], context).Output);
    }

    // The text of ss -s for the sockets of tests/golden/tool-text/ss-loopback.txt, but for one closed descriptor that no table lists.
    [Fact]
    public void Summary_OfLoopbackSockets_CountsAsSsDoes()
    {
        string table = ToolGolden.Sections("ss-loopback.txt").Single(section => section.Command == "ss -tuanpeimo").Output;
        ToolResult result = SsCommand.Run(["-s"], SsTextParser.Parse(table), new());
        Assert.Equal("""
            Total: 12
            TCP:   14 (estab 7, closed 3, orphaned 0, timewait 3)

            Transport Total     IP        IPv6
            RAW	  0         0         0        
            UDP	  2         2         0        
            TCP	  11        9         2        
            INET	  13        11        2        
            FRAG	  0         0         0        


            """, result.Output);
    }
}
