namespace Finwait.Lab.Tests;

/// <summary>Octets go through the shell's pipes, files and programs as they came; what was counted here was counted by bash and coreutils too.</summary>
public sealed class ShellOctetTests
{
    private readonly LabSession _session = new();

    private string[] Run(params string[] lines)
    {
        foreach (string line in lines)
        {
            _session.Execute(line);
        }

        return [.. _session.TakeOutput().Where(line => line.Host != "lab").Select(line => line.Text)];
    }

    [Theory]
    [InlineData("printf '\\xe2\\x82\\xac' | wc -c", "3")]
    [InlineData("printf '\\xe2\\x82\\xac\\n'", "€")]
    [InlineData("printf '\\xff\\xfe' | wc -c", "2")]
    [InlineData("printf '\\351' | wc -c", "1")]
    [InlineData("printf 'é' | wc -c", "2")]
    [InlineData("echo -e '\\xe2\\x82\\xac' | wc -c", "4")]
    [InlineData("printf '\\xff\\xfe\\x80' > f; wc -c < f", "3")]
    [InlineData("printf '\\xe2\\x82\\xac' | head -c 2 | wc -c", "2")]
    public void Octets_AreCountedAsTheyAre(string line, string printed) => Assert.Equal([printed], Run("romeo$ " + line).Select(text => text.Trim()));

    [Theory]
    [InlineData("printf '\\xe2\\x82\\xac' | nc -N juliet 4000", 3)]
    [InlineData("printf '\\xff\\xfe' | nc -N juliet 4000", 2)]
    [InlineData("printf 'a\\nb\\nc\\n' | nc -N juliet 4000", 6)]
    [InlineData("nc -N juliet 4000 < client.py", 376)]
    public void PipeIntoNc_LeavesInOneSegment(string line, int octets)
    {
        string[] printed = Run("juliet$ nc -lk 4000 > out &", "juliet$ tcpdump -n -i eth1 'tcp dst port 4000 and tcp[13] & 8 != 0' &", "romeo$ " + line);

        Assert.EndsWith($"length {octets}", Assert.Single(printed, text => text.Contains("Flags [P", StringComparison.Ordinal)), StringComparison.Ordinal);
    }
}
