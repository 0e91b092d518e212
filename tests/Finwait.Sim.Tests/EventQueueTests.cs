using Finwait.Tcp;

namespace Finwait.Sim.Tests;

public class EventQueueTests
{
    [Fact]
    public void TryPeek_EqualTimes_ComeInTheOrderInWhichTheyWereSet()
    {
        EventQueue queue = new();
        int[] sources = [.. Enumerable.Range(0, 20).Select(_ => queue.AddSource())];
        int[] order = [7, 3, 19, 0, 11];
        foreach (int source in order)
        {
            queue.Set(sources[source], new Instant(50));
        }

        queue.Set(sources[3], new Instant(50)); // the same time again keeps its place

        Assert.Equal(order, Drain(queue));
    }

    [Fact]
    public void Set_Never_TakesTheSourceOut()
    {
        EventQueue queue = new();
        int a = queue.AddSource(), b = queue.AddSource();
        queue.Set(a, new Instant(1));
        queue.Set(b, new Instant(2));

        queue.Set(a, Instant.Never);

        Assert.Equal(1, queue.Count);
        Assert.True(queue.GetDeadline(a).IsNever);
        Assert.True(queue.TryPeek(out int source, out Instant due));
        Assert.Equal((b, new Instant(2)), (source, due));
        queue.Set(b, Instant.Never);
        Assert.False(queue.TryPeek(out _, out due));
        Assert.True(due.IsNever);
    }

    // The last entry takes the place of one taken out, and may belong above it.
    [Fact]
    public void Set_NeverInAnotherBranch_KeepsTheOrder()
    {
        EventQueue queue = new();
        long[] due = [1, 10, 2, 11, 12, 3, 4];
        foreach (long time in due)
        {
            queue.Set(queue.AddSource(), new Instant(time));
        }

        queue.Set(3, Instant.Never); // 11, below 10; the last, 4, comes in its place

        Assert.Equal([1L, 2, 3, 4, 10, 12], Drain(queue).Select(source => due[source]));
    }

    // Against a list that is searched from end to end.
    [Fact]
    public void Queue_RandomOperations_BehavesAsASortedList()
    {
        Random random = new(1);
        EventQueue queue = new();
        List<(long Due, long Order)?> model = [];
        long order = 0;
        for (int round = 0; round < 5_000; round++)
        {
            if (model.Count < 100 && random.Next(50) == 0)
            {
                Assert.Equal(model.Count, queue.AddSource());
                model.Add(null);
            }
            else if (model.Count > 0)
            {
                int source = random.Next(model.Count);
                long? due = random.Next(4) == 0 ? null : random.Next(30);
                queue.Set(source, due is { } time ? new Instant(time) : Instant.Never);
                if (due != model[source]?.Due)
                {
                    model[source] = due is { } newTime ? (newTime, ++order) : null;
                }
            }

            (long Due, long Order)? first = model.Where(entry => entry is not null).Min();
            int expected = first is null ? -1 : model.IndexOf(first);
            Assert.Equal(expected >= 0, queue.TryPeek(out int found, out Instant foundDue));
            Assert.Equal((expected, expected < 0 ? Instant.Never : new Instant(model[expected]!.Value.Due)), (found, foundDue));
            Assert.Equal(model.Count(entry => entry is not null), queue.Count);
        }
    }

    [Fact]
    public void Set_UnknownSource_Throws()
    {
        EventQueue queue = new();
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Set(0, Instant.Zero));
        queue.AddSource();
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Set(-1, Instant.Zero));
    }

    private static List<int> Drain(EventQueue queue)
    {
        List<int> seen = [];
        while (queue.TryPeek(out int source, out _))
        {
            seen.Add(source);
            queue.Set(source, Instant.Never);
        }

        return seen;
    }
}
