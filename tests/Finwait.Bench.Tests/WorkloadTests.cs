using System.Text.Json;

namespace Finwait.Bench.Tests;

/// <summary>The workloads measure what they say: nothing is lost or repeated, and what a packet costs is not hidden in garbage.</summary>
public class WorkloadTests
{
    private static readonly BenchOptions Short = new() { Seconds = 0.2 };

    [Theory]
    [InlineData(1500)]
    [InlineData(65535)]
    public void Bulk_ManySegments_AllocatesNothingForThem(int mtu)
    {
        // Buffers of one size: where they tune themselves, a ring grows whenever the machine lets the clock jump.
        BenchResult result = Workloads.Run("bulk", Short with { Mtu = mtu, Buffer = 262_144 });

        Assert.True(Figure(result, "segmentsPerSecond") > 1000);
        // The measurement itself takes a few objects; a single one per segment would be 24 octets at least.
        Assert.InRange(Figure(result, "allocatedPerSegment"), 0, 2);
        // Every segment is full: the last octet of a write never travels alone.
        double text = Math.Round(Figure(result, "gbitPerSecond") * 1e9 / 8 / Figure(result, "segmentsPerSecond"), 6); // two quotients of one count
        Assert.InRange(text, 0.9 * (mtu - 52), mtu - 52);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public void Connections_OpenedAndClosed_TakeSixPackets(int timeWait)
    {
        BenchResult result = Workloads.Run("connections", Short with { TimeWait = timeWait });

        // SYN, SYN-ACK, ACK; FIN, ACK with the server's FIN in it, ACK.
        Assert.Equal(6, Figure(result, "packetsPerConnection"), 1);
        Assert.True(Figure(result, "connectionsPerSecond") > 100);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2000)]
    public void RoundTrips_AnswersCarryTheAcknowledgments(int idle)
    {
        BenchResult result = Workloads.Run("rr", Short with { Idle = idle });

        Assert.Equal(2, Figure(result, "packetsPerRoundTrip"), 1);
        Assert.InRange(Figure(result, "allocatedPerRoundTrip"), 0, 2);
    }

    [Fact]
    public void Idle_Endpoints_CostAKilooctetAtMost()
    {
        BenchResult result = Workloads.Run("idle", Short with { Idle = 20_000 });

        Assert.InRange(Figure(result, "octetsPerEndpoint"), 100, 1024);
    }

    [Fact]
    public void Results_AsJson_AreOneLineWithStableMembers()
    {
        BenchResult result = new("a b", "bulk", [("mtu", 1500)], [new("gbitPerSecond", 12.3456789, "Gbit/s", 2)]);

        Assert.Equal("""{"workload":"bulk","mtu":1500,"gbitPerSecond":12.345679}""", result.ToJson());
        Assert.Equal("a b\n             12.35 Gbit/s\n", result.ToText());
        Assert.Equal(1500, JsonDocument.Parse(result.ToJson()).RootElement.GetProperty("mtu").GetInt32());
    }

    [Fact]
    public void Run_UnknownWorkload_IsACallersMistake() => Assert.Throws<ArgumentException>(() => Workloads.Run("nothing", Short));

    private static double Figure(BenchResult result, string key) => result.Figures.Single(figure => figure.Key == key).Value;
}
