using System.Buffers.Binary;

namespace Finwait.Inspect.Tests;

/// <summary>Where relative sequence numbers count from, for flows that someone made up.</summary>
public sealed class ConversationTableTests
{
    private static ref SequenceBases Find(ConversationTable table, int flow, out bool isNew)
    {
        // All of these have one hash: the ports take away what the addresses bring.
        ushort source = (ushort)(1 + (flow % 20_000)), destination = (ushort)(30_000 + (flow / 20_000));
        ulong addresses = unchecked(((ulong)source << 16 | destination) * 0x9E37_79B9_7F4A_7C15);
        byte[] ip = new byte[20];
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt64BigEndian(ip.AsSpan(12), addresses);
        return ref table.Find(ip, source, destination, out isNew, out _);
    }

    [Fact]
    public void Find_FlowsChosenToCollide_AreSearchedForInBoundedStepsAndTheFirstIsForgotten()
    {
        var table = new ConversationTable();
        for (int flow = 0; flow < 3000; flow++)
        {
            Find(table, flow, out bool isNew).First = (uint)flow;
            Assert.True(isNew);
        }

        Assert.Equal(2999u, Find(table, 2999, out bool known).First);
        Assert.False(known);
        Find(table, 1000, out bool forgotten);
        Assert.True(forgotten);
    }

    [Fact]
    public void Find_FlowsAsTheyAre_AreAllKnownAgain()
    {
        var table = new ConversationTable();
        byte[] ip = new byte[20];
        ip[0] = 0x45;
        for (int round = 0; round < 2; round++)
        {
            for (int flow = 0; flow < 100_000; flow++)
            {
                BinaryPrimitives.WriteUInt32BigEndian(ip.AsSpan(12), 0x0A00_0000u + ((uint)flow / 50_000));
                BinaryPrimitives.WriteUInt32BigEndian(ip.AsSpan(16), 0x0A01_0000u);
                table.Find(ip, (ushort)(1024 + (flow % 50_000)), 80, out bool isNew, out _);
                Assert.Equal(round == 0, isNew);
            }
        }
    }
}
