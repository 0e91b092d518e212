using System.Runtime.CompilerServices;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

[Collection(nameof(AloneInTheProcess))]
public class TimeWaitTableTests
{
    private static readonly SipHash Key = new(1, 2);
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    [Fact]
    public void Record_Size_IsSmall() => Assert.InRange(Unsafe.SizeOf<TimeWaitRecord>(), 1, 120);

    // X-LIM-1: records are found, restarted and expire in order, whatever their number.
    [Fact]
    public void Table_RandomHistory_BehavesLikeAPlainList()
    {
        Random random = new(7);
        TimeWaitTable table = new();
        List<(FourTuple Tuple, long Expires, int Number)> model = [];
        long now = 0;
        TimeSpan[] lengths = [Minute, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60.5)];
        for (int step = 0; step < 20_000; step++)
        {
            now += random.Next(3_000_000);
            int action = random.Next(10);
            if (action < 6)
            {
                FourTuple tuple = Tuple(step);
                TimeSpan length = lengths[random.Next(3)];
                int number = table.Add(Record(tuple), new(now), length);
                model.Add((tuple, now + length.Ticks, number));
            }
            else if (action < 8 && model.Count > 0)
            {
                int at = random.Next(model.Count);
                table.Restart(model[at].Number, new(now), Minute);
                (FourTuple Tuple, long Expires, int Number) moved = model[at] with { Expires = now + Minute.Ticks };
                model.RemoveAt(at);
                model.Add(moved);
            }
            else if (action == 8 && model.Count > 0)
            {
                int at = random.Next(model.Count);
                table.Remove(model[at].Number);
                model.RemoveAt(at);
            }

            Assert.Equal(model.Count == 0 ? Instant.Never : new Instant(model.Min(m => m.Expires)), table.Next);
            while (table.TryGetExpired(new(now), out int expired))
            {
                long earliest = model.Min(m => m.Expires);
                int index = model.FindIndex(m => m.Number == expired);
                Assert.Equal(earliest, model[index].Expires);
                Assert.Equal(expired, table.Find(model[index].Tuple, model[index].Tuple.Hash(Key)));
                table.Remove(expired);
                Assert.Equal(-1, table.Find(model[index].Tuple, model[index].Tuple.Hash(Key)));
                model.RemoveAt(index);
            }

            Assert.True(model.Count == 0 || model.Min(m => m.Expires) > now);
            Assert.Equal(model.Count, table.Count);
        }

        Assert.Equal(model.Select(m => m.Number).Order(), table.All().Order());
    }

    // The setting can be changed while records wait: each expires in its own time.
    [Fact]
    public void Add_ShorterTimeThanBefore_ExpiresFirst()
    {
        TimeWaitTable table = new();
        int slow = table.Add(Record(Tuple(1)), Instant.Zero, Minute);
        int fast = table.Add(Record(Tuple(2)), Instant.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal(new Instant(TimeSpan.TicksPerSecond), table.Next);
        Assert.True(table.TryGetExpired(new(TimeSpan.TicksPerSecond), out int first));
        Assert.Equal(fast, first);
        table.Remove(fast);
        Assert.False(table.TryGetExpired(new(Minute.Ticks - 1), out _));
        Assert.True(table.TryGetExpired(new(Minute.Ticks), out int second));
        Assert.Equal(slow, second);
    }

    // The cost stays flat with 100,000 records: nothing is allocated, nothing walks.
    [Fact]
    public void Table_HundredThousandRecords_AddsAndExpiresWithoutAllocation()
    {
        TimeWaitTable table = new();
        int n = 0;
        for (; n < 100_000; n++)
        {
            table.Add(Record(Tuple(n)), new(n), Minute);
        }

        bool isOnTime = true;
        using AllocationMeter meter = AllocationMeter.Start();
        for (int i = 0; i < 100_000; i++, n++)
        {
            isOnTime &= table.TryGetExpired(new(Minute.Ticks + i), out int number);
            table.Remove(number);
            table.Add(Record(Tuple(n)), new(Minute.Ticks + i), Minute);
            isOnTime &= i == 99_999 || table.Next.Ticks == Minute.Ticks + i + 1;
        }

        Assert.Equal(0, meter.Allocated);
        Assert.Equal(100_000, table.Count);
        Assert.True(isOnTime);
    }

    private static FourTuple Tuple(int n) => new(IpAddress.FromV4(10, 0, 0, 1), (ushort)(1024 + (n % 60_000)), IpAddress.FromV4((uint)(0x0A00_0002 + (n / 60_000))), 80);

    private static TimeWaitRecord Record(FourTuple tuple) => new() { Tuple = tuple, Hash = tuple.Hash(Key) };
}
