using Finwait.Tcp;

namespace Finwait.Stack.Tests;

[Collection(nameof(AloneInTheProcess))]
public class TimerWheelTests
{
    private sealed class Owner(int id) : ITimerOwner
    {
        public int Id { get; } = id;

        public int TimerNode { get; set; } = -1;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8191)]
    [InlineData(8192)]
    [InlineData(8192L * 64)]
    [InlineData((8192L * 64 * 64) - 1)]
    [InlineData(72_000_000_000)] // two hours
    [InlineData(864_000_000_000L * 365 * 1000)] // a thousand years
    [InlineData(long.MaxValue - 1)]
    public void Set_OneTimer_FiresAtItsExactInstantAndNotBefore(long ticks)
    {
        TimerWheel<Owner> wheel = new();
        Owner owner = new(1);
        wheel.Set(owner, new(ticks));
        Assert.Equal(new Instant(ticks), wheel.Next);
        Assert.False(ticks > 0 && wheel.TryPop(new(ticks - 1), out _));
        Assert.True(wheel.TryPop(new(ticks), out Owner? fired));
        Assert.Same(owner, fired);
        Assert.Equal(-1, owner.TimerNode);
        Assert.True(wheel.Next.IsNever);
        Assert.False(wheel.TryPop(Instant.Never, out _));
        Assert.Equal(0, wheel.Count);
    }

    [Fact]
    public void TryPop_EqualDeadlines_FireInTheOrderInWhichTheyWereSet()
    {
        TimerWheel<Owner> wheel = new();
        Owner[] owners = [.. Enumerable.Range(0, 100).Select(i => new Owner(i))];
        foreach (Owner owner in owners)
        {
            wheel.Set(owner, new(5_000_000));
        }

        // Postponed and set back again: now the last ones.
        wheel.Set(owners[10], new(6_000_000));
        wheel.Set(owners[10], new(5_000_000));
        wheel.Set(owners[20], Instant.Never);
        wheel.Set(owners[20], new(5_000_000));
        int[] expected = [.. Enumerable.Range(0, 100).Where(i => i is not (10 or 20)), 10, 20];
        Assert.Equal(expected, Drain(wheel, new(5_000_000)));
    }

    [Fact]
    public void Set_LaterAndLaterAgain_ShowsTheLastDeadlineOnly()
    {
        TimerWheel<Owner> wheel = new();
        Owner owner = new(1);
        for (int i = 1; i <= 1000; i++)
        {
            wheel.Set(owner, new(i * 2_000_000L));
        }

        Assert.Equal(new Instant(2_000_000_000), wheel.Next);
        Assert.Equal(1, wheel.Count);
        wheel.Set(owner, Instant.Never);
        Assert.True(wheel.Next.IsNever);
        Assert.Equal(-1, owner.TimerNode);
    }

    // The wheel against a plain sorted list, over many random histories.
    [Theory]
    [InlineData(1, 50, 100_000L)]
    [InlineData(2, 500, 10_000_000L)]
    [InlineData(3, 500, 72_000_000_000L)]
    [InlineData(4, 20, 1L << 48)]
    [InlineData(5, 2000, 3_000L)]
    [InlineData(6, 300, 8192L * 64 * 2)]
    public void Wheel_RandomHistory_FiresLikeASortedList(int seed, int owners, long span)
    {
        Random random = new(seed);
        TimerWheel<Owner> wheel = new();
        Owner[] all = [.. Enumerable.Range(0, owners).Select(i => new Owner(i))];
        SortedSet<(long At, long Order, int Id)> model = [];
        (long At, long Order)[] current = new (long, long)[owners];
        Array.Fill(current, (-1, -1));
        long order = 0;
        long now = 0;
        for (int step = 0; step < 40_000; step++)
        {
            int id = random.Next(owners);
            int action = random.Next(10);
            if (action < 6)
            {
                long at = now + random.NextInt64(random.Next(4) == 0 ? span : (span / 50) + 1);
                if (action == 0)
                {
                    at = now + (at - now) / 1000 * 1000; // provoke equal deadlines
                }

                if (current[id].At != at)
                {
                    Forget(id);
                    current[id] = (at, order++);
                    model.Add((at, current[id].Order, id));
                }

                wheel.Set(all[id], new(at));
            }
            else if (action == 6)
            {
                Forget(id);
                wheel.Set(all[id], Instant.Never);
            }
            else if (action == 7)
            {
                Forget(id);
                wheel.Remove(all[id]);
                Assert.Equal(-1, all[id].TimerNode);
            }
            else
            {
                Assert.Equal(model.Count == 0 ? Instant.Never : new Instant(model.Min.At), wheel.Next);
                now = model.Count > 0 && random.Next(3) > 0 ? Math.Max(now, model.Min.At) : now + random.NextInt64((span / 100) + 1);
                List<int> expected = [];
                while (model.Count > 0 && model.Min.At <= now)
                {
                    expected.Add(model.Min.Id);
                    Forget(model.Min.Id);
                }

                Assert.Equal(expected, Drain(wheel, new(now)));
            }
        }

        void Forget(int id)
        {
            if (current[id].At >= 0)
            {
                model.Remove((current[id].At, current[id].Order, id));
                current[id] = (-1, -1);
            }
        }
    }

    // One connection among 100,000 idle ones restarts its timer with every segment: the work must not grow with the others.
    [Fact]
    public void Set_RestartedPerSegmentAmongIdleTimers_AllocatesNothing()
    {
        TimerWheel<Owner> wheel = new();
        for (int i = 0; i < 100_000; i++)
        {
            wheel.Set(new(i), new(72_000_000_000 + i));
        }

        Owner busy = new(-1);
        long now = 0;
        Run(10_000);
        using AllocationMeter meter = AllocationMeter.Start();
        Run(100_000);
        Assert.Equal(0, meter.Allocated);

        void Run(int rounds)
        {
            for (int i = 0; i < rounds; i++)
            {
                now += 1000;
                wheel.Set(busy, new(now + 2_000_000));
                _ = wheel.Next;
                wheel.Set(busy, Instant.Never);
                _ = wheel.Next;
                while (wheel.TryPop(new(now), out _))
                {
                }
            }
        }
    }

    private static List<int> Drain(TimerWheel<Owner> wheel, Instant now)
    {
        List<int> fired = [];
        while (wheel.TryPop(now, out Owner? owner))
        {
            fired.Add(owner.Id);
        }

        return fired;
    }
}
