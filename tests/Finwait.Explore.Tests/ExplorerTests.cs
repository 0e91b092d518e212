using Finwait.Tcp;

namespace Finwait.Explore.Tests;

/// <summary>The search itself: it finds nothing wrong with the engine, and does find what is broken on purpose, by the shortest way.</summary>
public class ExplorerTests
{
    public static TheoryData<string> Names => [.. Scenario.All.Select(scenario => scenario.Name)];

    // The first part of each world; all of it with --long.
    [Theory, MemberData(nameof(Names))]
    public void EveryScenario_NearWorlds_BreakNoInvariant(string name)
    {
        ExploreResult result = new Explorer(Find(name), 20_000).Run();
        Assert.Null(result.Violation);
        Assert.Equal(20_000, result.Worlds);
    }

    [Theory, MemberData(nameof(Names)), Trait("Category", "Long")]
    public void EveryScenario_AllWorlds_BreakNoInvariant(string name)
    {
        ExploreResult result = new Explorer(Find(name), 10_000_000).Run();
        Assert.Null(result.Violation);
        Assert.True(result.IsComplete);
    }

    // MUST-10 and the simultaneous close: the states that two ends come to only together.
    [Fact]
    public void BothOpen_NearWorlds_ReachSimultaneousOpenAndClose()
    {
        Scenario small = Find("both-open") with { Losses = 0, Duplicates = 0, Overtakings = 0 };
        ExploreResult result = new Explorer(small, 1_000_000).Run();
        Assert.True(result.IsComplete);
        Assert.Contains((TcpState.SynReceived, TcpState.SynReceived), result.Configurations);
        Assert.Contains((TcpState.Closing, TcpState.Closing), result.Configurations);
        Assert.Contains((TcpState.TimeWait, TcpState.TimeWait), result.Configurations);
    }

    [Fact]
    public void OpenClose_WithoutFaults_ReachesAllStatesOfBothPaths()
    {
        Scenario small = Find("open-close") with { Losses = 0, Duplicates = 0, Overtakings = 0, Timers = 1 };
        ExploreResult result = new Explorer(small, 1_000_000).Run();
        Assert.True(result.IsComplete);
        Assert.Null(result.Violation);
        Assert.Equal(
            [TcpState.Closed, TcpState.SynSent, TcpState.Established, TcpState.FinWait1, TcpState.FinWait2, TcpState.TimeWait],
            result.Configurations.Select(pair => pair.A).Distinct().Order());
        Assert.Equal(
            [TcpState.Closed, TcpState.Listen, TcpState.SynReceived, TcpState.Established, TcpState.CloseWait, TcpState.LastAck],
            result.Configurations.Select(pair => pair.B).Distinct().Order());
    }

    [Fact]
    public void WithoutTimers_OneLostPacket_IsTheShortestWayToWaitForEver()
    {
        ExploreResult result = new Explorer(Find("open-close") with { Sabotage = Sabotage.NoTimers }, 100_000).Run();
        Assert.Equal("one waits for ever: A is in SynSent after 1 of its calls, B in Listen after 1", result.Violation);
        Assert.Equal(
            ["A: connect() (SynSent, Listen)", "A > B: [S] seq 1000 win 65500 is lost (SynSent, Listen)", "from here nothing goes wrong any more:"],
            result.Script);
    }

    [Fact]
    public void WrongText_IsFoundWhereItIsRead()
    {
        ExploreResult result = new Explorer(Find("open-close") with { Sabotage = Sabotage.WrongText }, 100_000).Run();
        Assert.Equal("B: the application read other octets than were sent, between 0 and 2 of the stream", result.Violation);
        Assert.DoesNotContain(result.Script, line => line.Contains("once more", StringComparison.Ordinal)); // a loss or an early timer is enough
    }

    [Fact]
    public void Run_SameScenarioTwice_VisitsTheSameWorlds()
    {
        ExploreResult one = new Explorer(Find("talk"), 5_000).Run(), other = new Explorer(Find("talk"), 5_000).Run();
        Assert.Equal((one.Worlds, one.Steps, one.Depth), (other.Worlds, other.Steps, other.Depth));
        Assert.Equal(one.Configurations.Order(), other.Configurations.Order());
    }

    [Theory]
    [InlineData(TcpState.SynSent, TcpState.Established, true)]
    [InlineData(TcpState.SynSent, TcpState.CloseWait, true)]
    [InlineData(TcpState.Established, TcpState.SynReceived, false)]
    [InlineData(TcpState.FinWait2, TcpState.FinWait1, false)]
    [InlineData(TcpState.TimeWait, TcpState.Established, false)]
    [InlineData(TcpState.Closed, TcpState.Established, false)]
    public void Arrows_LeadWhereTheDiagramLeads(TcpState from, TcpState to, bool expected) => Assert.Equal(expected, Arrows.Lead(from, to));

    private static Scenario Find(string name) => Scenario.All.Single(scenario => scenario.Name == name);
}
