using Finwait.Tcp;

namespace Finwait.Stack.Tests;

// Linux 6.18 with CONFIG_HZ=250: the timers of the golden run 11 go off 1.024, 1.030, 2.016 and 4.256 s after they were set; a neighbour is probed 5.254 s after it was used.
public sealed class KernelTickTests
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(4);

    [Theory]
    [InlineData(0, 40, 44)]          // slots of one tick below 63 ticks
    [InlineData(3, 43, 44)]
    [InlineData(0, 252, 256)]        // then of eight
    [InlineData(0, 1000, 1024)]
    [InlineData(1024, 2024, 2048)]
    [InlineData(6144, 8144, 8160)]
    [InlineData(0, 2016, 2048)]      // then of sixty-four
    [InlineData(0, 5000, 5120)]
    [InlineData(0, 60000, 61440)]    // then of five hundred and twelve
    public void Deadline_SetNow_GoesOffAtTheEndOfItsSlot(int now, int deadline, int expected) =>
        Assert.Equal(At(expected), KernelTick.Round(At(now), At(deadline), s_tick));

    [Fact]
    public void Deadline_WithoutTick_IsExact() => Assert.Equal(At(1001), KernelTick.Round(At(0), At(1001), TimeSpan.Zero));

    [Fact]
    public void Deadline_NeverOrPast_StaysAsItIs()
    {
        Assert.True(KernelTick.Round(At(5), Instant.Never, s_tick).IsNever);
        Assert.Equal(At(3), KernelTick.Round(At(5), At(3), s_tick));
    }

    private static Instant At(int milliseconds) => Instant.Zero + TimeSpan.FromMilliseconds(milliseconds);
}
