using Finwait.Wire;

namespace Finwait.Stack.Tests;

[Collection(nameof(AloneInTheProcess))]
public class PortTableTests
{
    // What a Linux 6.18 kernel answered. A row: what the first socket did ('bound' or 'listen'), its address, its options (r SO_REUSEADDR, p SO_REUSEPORT);
    // then for each address of the second socket, in the order of the rows, its options none, r, p, rp: B = bind() gave EADDRINUSE, . = bind() and listen() worked.
    private const string Kernel = """
        bound v4a - BBBB .... BBBB .... BBBB .... BBBB
        bound v4a r B.B. .... B.B. .... B.B. .... B.B.
        bound v4a p BB.. .... BB.. .... BB.. .... BB..
        bound v4a rp B... .... B... .... B... .... B...
        bound v4b - .... BBBB BBBB .... BBBB .... ....
        bound v4b r .... B.B. B.B. .... B.B. .... ....
        bound v4b p .... BB.. BB.. .... BB.. .... ....
        bound v4b rp .... B... B... .... B... .... ....
        bound v4any - BBBB BBBB BBBB .... BBBB .... BBBB
        bound v4any r B.B. B.B. B.B. .... B.B. .... B.B.
        bound v4any p BB.. BB.. BB.. .... BB.. .... BB..
        bound v4any rp B... B... B... .... B... .... B...
        bound v6a - .... .... .... BBBB BBBB BBBB ....
        bound v6a r .... .... .... B.B. B.B. B.B. ....
        bound v6a p .... .... .... BB.. BB.. BB.. ....
        bound v6a rp .... .... .... B... B... B... ....
        bound v6any - BBBB BBBB BBBB BBBB BBBB BBBB BBBB
        bound v6any r B.B. B.B. B.B. B.B. B.B. B.B. B.B.
        bound v6any p BB.. BB.. BB.. BB.. BB.. BB.. BB..
        bound v6any rp B... B... B... B... B... B... B...
        bound v6only - .... .... .... BBBB BBBB BBBB ....
        bound v6only r .... .... .... B.B. B.B. B.B. ....
        bound v6only p .... .... .... BB.. BB.. BB.. ....
        bound v6only rp .... .... .... B... B... B... ....
        bound map - BBBB .... BBBB .... BBBB .... BBBB
        bound map r B.B. .... B.B. .... B.B. .... B.B.
        bound map p BB.. .... BB.. .... BB.. .... BB..
        bound map rp B... .... B... .... B... .... B...
        listen v4a - BBBB .... BBBB .... BBBB .... BBBB
        listen v4a r BBBB .... BBBB .... BBBB .... BBBB
        listen v4a p BB.. .... BB.. .... BB.. .... BB..
        listen v4a rp BB.. .... BB.. .... BB.. .... BB..
        listen v4b - .... BBBB BBBB .... BBBB .... ....
        listen v4b r .... BBBB BBBB .... BBBB .... ....
        listen v4b p .... BB.. BB.. .... BB.. .... ....
        listen v4b rp .... BB.. BB.. .... BB.. .... ....
        listen v4any - BBBB BBBB BBBB .... BBBB .... BBBB
        listen v4any r BBBB BBBB BBBB .... BBBB .... BBBB
        listen v4any p BB.. BB.. BB.. .... BB.. .... BB..
        listen v4any rp BB.. BB.. BB.. .... BB.. .... BB..
        listen v6a - .... .... .... BBBB BBBB BBBB ....
        listen v6a r .... .... .... BBBB BBBB BBBB ....
        listen v6a p .... .... .... BB.. BB.. BB.. ....
        listen v6a rp .... .... .... BB.. BB.. BB.. ....
        listen v6any - BBBB BBBB BBBB BBBB BBBB BBBB BBBB
        listen v6any r BBBB BBBB BBBB BBBB BBBB BBBB BBBB
        listen v6any p BB.. BB.. BB.. BB.. BB.. BB.. BB..
        listen v6any rp BB.. BB.. BB.. BB.. BB.. BB.. BB..
        listen v6only - .... .... .... BBBB BBBB BBBB ....
        listen v6only r .... .... .... BBBB BBBB BBBB ....
        listen v6only p .... .... .... BB.. BB.. BB.. ....
        listen v6only rp .... .... .... BB.. BB.. BB.. ....
        listen map - BBBB .... BBBB .... BBBB .... BBBB
        listen map r BBBB .... BBBB .... BBBB .... BBBB
        listen map p BB.. .... BB.. .... BB.. .... BB..
        listen map rp BB.. .... BB.. .... BB.. .... BB..
        """;

    private static readonly (string Name, IpAddress Address, bool IsDual)[] Addresses =
    [
        ("v4a", IpAddress.FromV4(127, 0, 0, 1), false),
        ("v4b", IpAddress.FromV4(127, 0, 0, 2), false),
        ("v4any", IpAddress.AnyV4, false),
        ("v6a", IpAddress.FromV6(0, 1), true),
        ("v6any", IpAddress.AnyV6, true),
        ("v6only", IpAddress.AnyV6, false),
        ("map", IpAddress.FromV4(127, 0, 0, 1), true),
    ];

    private static readonly PortUse[] Options = [PortUse.None, PortUse.ReuseAddress, PortUse.ReusePort, PortUse.ReuseAddress | PortUse.ReusePort];

    // MUST-41: a passive OPEN makes a new record or fails; it never disturbs existing ones.
    [Fact]
    public void Conflicts_EveryPairOfSockets_AnswersAsLinux()
    {
        int compared = 0;
        foreach (string line in Kernel.Split('\n'))
        {
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            (_, IpAddress first, bool firstDual) = Addresses.Single(a => a.Name == parts[1]);
            PortUse firstUse = Options[Array.IndexOf(["-", "r", "p", "rp"], parts[2])];
            for (int second = 0; second < Addresses.Length; second++)
            {
                for (int option = 0; option < Options.Length; option++)
                {
                    PortTable table = new();
                    table.Add(first, firstDual, 5000, firstUse | (parts[0] == "listen" ? PortUse.Listening : PortUse.None));
                    (_, IpAddress address, bool isDual) = Addresses[second];
                    bool conflicts = table.Conflicts(address, isDual, 5000, Options[option]);
                    Assert.True((parts[3 + second][option] == 'B') == conflicts, $"{line.Trim()} against {Addresses[second].Name} {Options[option]}");
                    Assert.False(table.Conflicts(address, isDual, 5001, Options[option]));
                    compared++;
                }
            }
        }

        Assert.Equal(56 * 28, compared);
    }

    [Fact]
    public void Remove_LastHolder_FreesThePort()
    {
        PortTable table = new();
        IpAddress address = IpAddress.FromV4(10, 0, 0, 1);
        table.Add(address, false, 80, PortUse.Listening);
        table.Add(address, false, 80, PortUse.None);
        table.Add(IpAddress.AnyV6, true, 80, PortUse.Automatic);
        Assert.True(table.IsBound(80));
        table.Remove(address, false, 80, PortUse.Listening);
        Assert.True(table.Conflicts(address, false, 80, PortUse.ReuseAddress));
        table.Remove(address, false, 80, PortUse.None);
        Assert.False(table.IsBound(80));
        Assert.True(table.IsHeld(80));
        table.Remove(IpAddress.AnyV6, true, 80, PortUse.Automatic);
        Assert.False(table.IsHeld(80));
        Assert.False(table.Conflicts(address, false, 80, PortUse.None));
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(101, 101)]
    [InlineData(198, 198)]
    [InlineData(199, 199)]
    public void FindFree_FromTheMiddle_GoesRoundWithinItsParity(int start, int first)
    {
        PortTable table = new();
        IpAddress address = IpAddress.FromV4(10, 0, 0, 1);
        List<int> expected = [.. Enumerable.Range(start, 200 - start).Concat(Enumerable.Range(100, start - 100)).Where(p => (p - start) % 2 == 0)];
        Assert.Equal(first, expected[0]);
        foreach (int port in expected)
        {
            Assert.Equal(port, table.FindFree(100, 199, start));
            table.Add(address, false, (ushort)port, PortUse.None);
        }

        Assert.Equal(-1, table.FindFree(100, 199, start));
        ushort freed = (ushort)(150 + (start % 2));
        table.Remove(address, false, freed, PortUse.None);
        Assert.Equal(freed, table.FindFree(100, 199, start));
    }

    // Many holders of one port cost what one costs.
    [Fact]
    public void Conflicts_HundredThousandHolders_AllocatesNothing()
    {
        PortTable table = new();
        IpAddress address = IpAddress.FromV4(10, 0, 0, 1);
        table.Add(IpAddress.AnyV4, false, 80, PortUse.ReuseAddress | PortUse.Listening);
        for (int i = 0; i < 100_000; i++)
        {
            table.Add(address, false, 80, PortUse.ReuseAddress);
        }

        bool alwaysConflicts = Run(1); // a page for port 40000, of the address and of all addresses
        using AllocationMeter meter = AllocationMeter.Start();
        alwaysConflicts &= Run(10_000);

        Assert.Equal(0, meter.Allocated);
        Assert.True(alwaysConflicts);

        bool Run(int rounds)
        {
            bool isConflict = true;
            for (int i = 0; i < rounds; i++)
            {
                isConflict &= table.Conflicts(IpAddress.AnyV4, false, 80, PortUse.None);
                table.Add(address, false, 80, PortUse.ReuseAddress);
                table.Remove(address, false, 80, PortUse.ReuseAddress);
                table.Add(address, false, 40_000, PortUse.Automatic);
                table.Remove(address, false, 40_000, PortUse.Automatic);
            }

            return isConflict;
        }
    }
}
