using Finwait.Tcp;

namespace Finwait.Stack.Tests;

public sealed class DeadlineHeapTests
{
    private sealed class Item : TimedItem;

    // Model test against a sorted list: set, move, remove and take in random order.
    [Fact]
    public void Heap_RandomOperations_AgreesWithASortedList()
    {
        Random random = new(11);
        DeadlineHeap<Item> heap = new();
        Item[] items = [.. Enumerable.Range(0, 200).Select(_ => new Item())];
        for (int i = 0; i < 20_000; i++)
        {
            Item item = items[random.Next(items.Length)];
            switch (random.Next(4))
            {
                case 0:
                    heap.Set(item, Instant.Never);
                    break;
                case 1:
                    Instant now = heap.Next;
                    if (!now.IsNever)
                    {
                        Assert.True(heap.TryTakeDue(now, out Item? due));
                        Assert.True(due!.Deadline.IsNever && due.HeapIndex < 0);
                    }

                    break;
                default:
                    heap.Set(item, new Instant(random.Next(1000)));
                    break;
            }

            Item[] waiting = [.. items.Where(x => x.HeapIndex >= 0)];
            Assert.Equal(waiting.Length, heap.Count);
            Assert.Equal(waiting.Length == 0 ? Instant.Never : waiting.Min(x => x.Deadline), heap.Next);
            Assert.False(heap.TryTakeDue(new Instant(heap.Next.IsNever ? 0 : heap.Next.Ticks - 1), out _));
        }
    }
}
