namespace Finwait.Lab.Tests;

/// <summary>Plays lines and gives the transcript.</summary>
internal static class Lab
{
    public static string Play(LabSession session, params IEnumerable<string> lines)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        LabTranscript.Play(session, lines, output, error);
        return output.ToString() + error;
    }

    public static string Play(params string[] lines) => Play(new LabSession(), lines);

    /// <summary>What a host printed, without the prefix.</summary>
    public static string[] Printed(string transcript, string host) =>
        transcript.Split('\n').Where(line => line.StartsWith(host + "|", StringComparison.Ordinal)).Select(line => line.Length > host.Length + 2 ? line[(host.Length + 2)..] : "").ToArray();
}
