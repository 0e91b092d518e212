namespace Finwait.Lab.Tests;

/// <summary>The same seed gives the same bytes; another seed another run of the same experiment.</summary>
public sealed class DeterminismTests
{
    public static TheoryData<string> Names => new(LabScenarios.All.Select(scenario => scenario.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Scenario_SameSeed_GivesTheSameBytes(string name)
    {
        foreach (ulong seed in new ulong[] { 1, 7, ulong.MaxValue })
        {
            (string transcript, byte[][] captures) first = Run(name, seed), second = Run(name, seed);

            Assert.Equal(first.transcript, second.transcript);
            Assert.Equal(first.captures, second.captures);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Scenario_OtherSeed_SendsTheSameSegmentsWithOtherNumbers(string name)
    {
        (_, byte[][] first) = Run(name, 1);
        (_, byte[][] second) = Run(name, 2);

        for (int host = 0; host < first.Length; host++)
        {
            // When a host asks its neighbour again is left to chance (RFC 4861 §6.3.2).
            List<string> frames = [.. FrameTexts.Of(first[host]).Where(frame => !frame.Contains("ethertype ARP", StringComparison.Ordinal))];
            Assert.Equal(frames, FrameTexts.Of(second[host]).Where(frame => !frame.Contains("ethertype ARP", StringComparison.Ordinal)));
            Assert.Equal(frames.Exists(frame => frame.Contains("Flags [", StringComparison.Ordinal) || frame.Contains("UDP, length", StringComparison.Ordinal)), !first[host].AsSpan().SequenceEqual(second[host]));
        }
    }

    private static (string Transcript, byte[][] Captures) Run(string name, ulong seed)
    {
        var session = new LabSession(seed);
        string transcript = Lab.Play(session, LabScenarios.Read(name));
        return (transcript, session.HostNames.Select(host => session.Capture(host)).ToArray());
    }
}
