namespace Finwait.Lab.Tests;

/// <summary>What tools say of lines they do not take: the texts are those of Debian 12's own (OpenBSD netcat 1.219, iproute2 6.1).</summary>
public sealed class ToolErrorTests
{
    [Theory]
    [InlineData("nc -i x 10.10.2.100 1", "nc: interval invalid: x")]
    [InlineData("nc -i -3 10.10.2.100 1", "nc: interval too small: -3")]
    [InlineData("nc -w x 10.10.2.100 1", "nc: timeout invalid: x")]
    [InlineData("nc -w -5 10.10.2.100 1", "nc: timeout too small: -5")]
    [InlineData("nc -w 99999999999 10.10.2.100 1", "nc: timeout too large: 99999999999")]
    [InlineData("nc -q x 10.10.2.100 1", "nc: quit timer invalid: x")]
    [InlineData("nc 10.10.2.100 x", "nc: port number invalid: x")]
    [InlineData("nc -z 10.10.2.100 x-5", "nc: port number invalid: x-5")]
    [InlineData("nc -z 10.10.2.100 70000", "nc: port number too large: 70000")]
    [InlineData("nc -z 10.10.2.100 0", "nc: port number too small: 0")]
    [InlineData("nc -l x", "nc: getaddrinfo: Servname not supported for ai_socktype")]
    [InlineData("nc -p x 10.10.2.100 5", "nc: getaddrinfo: Servname not supported for ai_socktype")]
    [InlineData("nc -4 fd00::1 1", "nc: getaddrinfo for host \"fd00::1\" port 1: Address family for hostname not supported")]
    [InlineData("nc -6 10.10.2.100 1", "nc: getaddrinfo for host \"10.10.2.100\" port 1: Address family for hostname not supported")]
    [InlineData("nc -4 -l ::1 4000", "nc: getaddrinfo: Address family for hostname not supported")]
    [InlineData("ip route add 10.3.0.1/8 via 10.10.1.1", "Error: Invalid prefix for given prefix length.")]
    [InlineData("ip route del 10.3.0.1/8", "Error: Invalid prefix for given prefix length.")]
    public void Line_ThatIsWrong_IsToldInTheToolsOwnWords(string line, string expected) =>
        Assert.Equal([expected], Lab.Printed(Lab.Play("romeo$ " + line), "romeo").Where(text => text.Length > 0));

    [Fact]
    public void Nc_TheRightFamily_IsTaken() =>
        Assert.Contains("ESTAB", string.Join('\n', Lab.Printed(Lab.Play("juliet$ nc -l 4000", "romeo$ nc -4 10.10.2.100 4000", "juliet$ ss -tan"), "juliet")), StringComparison.Ordinal);
}
