using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary>A lab into which the lines of a document are typed.</summary>
internal sealed class SeedRun(LabSession? session = null)
{
    public LabSession Session { get; } = session ?? new LabSession();

    /// <summary>A lab on which a scenario has been played, with all that was seen of it.</summary>
    public static (SeedRun Run, Seen Seen) Of(string scenario)
    {
        var run = new SeedRun();
        return (run, run.Type([.. LabScenarios.Read(scenario)]));
    }

    /// <summary>Types lines, of which the lab must understand each; what is seen of them.</summary>
    public Seen Type(params string[] lines)
    {
        string transcript = Lab.Play(Session, lines);
        Assert.DoesNotMatch(@"(?m)^line \d+: ", transcript);
        return new Seen(transcript);
    }

    /// <summary>The drawing of this name: ladder.svg, states.svg, timeline.svg.</summary>
    public string Picture(string name) => Session.Pictures("run").Single(picture => picture.Name == name).Text;
}

/// <summary>What was seen after some lines.</summary>
internal sealed class Seen(string transcript)
{
    /// <summary>All of it, with what was typed.</summary>
    public string All => transcript;

    /// <summary>What one host printed (or <c>lab</c>), line by line.</summary>
    public string[] By(string host) => Lab.Printed(transcript, host);

    /// <summary>The first lines that fit the patterns, one for each and in their order; other lines may stand between them.</summary>
    public Match[] Shows(string host, params string[] patterns)
    {
        string[] lines = By(host);
        var found = new List<Match>();
        int next = 0;
        foreach (string pattern in patterns)
        {
            Match? match = null;
            for (; next < lines.Length && match is null; next++)
            {
                match = Regex.Match(lines[next], pattern) is { Success: true } fits ? fits : null;
            }

            Assert.True(match is not null, $"no line of {host} fits '{pattern}' behind {found.Count} others in:\n{transcript}");
            found.Add(match);
        }

        return [.. found];
    }

    /// <summary>The lines of tcpdump with the flags of TCP: these patterns fit them one by one, and there are no others.</summary>
    public Match[] ShowsSegments(string host, params string[] patterns)
    {
        string[] segments = [.. By(host).Where(line => line.Contains(" Flags [", StringComparison.Ordinal))];
        Assert.True(segments.Length == patterns.Length, $"{segments.Length} segments in:\n{transcript}");
        return Shows(host, patterns);
    }

    /// <summary>Nothing that one host printed fits the pattern.</summary>
    public void ShowsNo(string host, string pattern) => Assert.DoesNotContain(By(host), line => Regex.IsMatch(line, pattern));

    /// <summary>State and Recv-Q of the sockets that ss lists: "ESTAB 12".</summary>
    public string[] Sockets(string host) =>
        [.. By(host).Where(line => Regex.IsMatch(line, @"^[A-Z][A-Z0-9-]+ +\d+ +\d+ ")).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..2]))];
}

/// <summary>Numbers in what was seen.</summary>
internal static class SeenNumbers
{
    public static uint Number(this Match match, string group) => uint.Parse(match.Groups[group].Value, System.Globalization.CultureInfo.InvariantCulture);
}
