namespace Finwait.Wire.Tests;

/// <summary>The meter of the allocation tests sees every object of its own thread and none of another.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class AllocationMeterTests
{
    private static readonly int Smallest = 3 * IntPtr.Size; // octets of an object without fields

    private static volatile object? _kept;

    [Fact]
    public void Allocated_NoObject_IsZero()
    {
        using AllocationMeter meter = AllocationMeter.Start();

        long sum = Rounds(100_000, every: int.MaxValue);

        Assert.Equal(0, meter.Allocated);
        Assert.Equal(99_999L * 50_000, sum);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(10_000)]
    public void Allocated_OneObjectInSoManyRounds_IsThatObject(int every)
    {
        using AllocationMeter meter = AllocationMeter.Start();

        Rounds(10_000, every);

        Assert.Equal(10_000 / every * Smallest, meter.Allocated);
    }

    [Fact]
    public void Allocated_ByAnotherThread_IsNotCounted()
    {
        bool begin = false, ended = false;
        Thread other = new(() =>
        {
            SpinWait.SpinUntil(() => Volatile.Read(ref begin));
            for (int i = 0; i < 10_000; i++)
            {
                _kept = new byte[100];
            }

            Volatile.Write(ref ended, true);
        });
        other.UnsafeStart();
        using AllocationMeter meter = AllocationMeter.Start();

        Volatile.Write(ref begin, true);
        while (!Volatile.Read(ref ended))
        {
            Thread.Yield();
        }

        Assert.Equal(0, meter.Allocated);
        other.Join();
    }

    private static long Rounds(int count, int every)
    {
        long sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += i;
            if ((i + 1) % every == 0)
            {
                _kept = new object();
            }
        }

        return sum;
    }
}
