using System.Runtime.CompilerServices;

namespace Finwait.Sim.Tests;

/// <summary>
/// Behaviour under loss as tables: <c>loss-grid.txt</c>, and <c>loss-grid-long.txt</c> with more of each. They show what changed when the engine changes; what must hold whatever changes is
/// asserted beside them. With FINWAIT_UPDATE=1 the tables are written anew.
/// </summary>
public sealed class LossGridTests
{
    private const int SmallBuffer = 131072;

    /// <summary>Mbit/s that Linux 6.18 moved at 1 % loss and 20 ms, as bench/loss/kernel.py measured it (docs/benchmarks.md).</summary>
    private const double KernelAtOnePercent = 5.22;

    /// <summary>The kernel's path was slower than 20 ms by what its relay was late: the smoothed round trip it saw, milliseconds.</summary>
    private const double KernelRtt = 23.2;

    private static readonly string[] s_controls = ["cubic", "reno", "bbr"];

    [Fact]
    public void Grid_Short_IsTheOneThatIsWrittenDown()
    {
        List<LossCell> grid = Run(LossGrid.Cells(["cubic", "reno"], [20, 100], [0, 1], [SmallBuffer, 0], [10, 50]), seconds: 10, seeds: 1);
        List<LossCell> disorder = Run(LossGrid.Cells(["cubic"], [20], [0, 1], [0], [50], 2, 5), seconds: 10, seeds: 1);
        List<FairnessCell> fairness = [.. from control in s_controls[..2] from flows in new[] { 2, 4 } select new FairnessCell(control, 50, flows).Run(20)];

        Compare("loss-grid.txt", Text(grid, disorder, fairness));
        AssertSense(grid);
        Assert.All(fairness, cell => Assert.True(cell.Index > 0.95, $"{cell} {cell.Index}"));
    }

    [Fact]
    [Trait("Category", "Long")]
    public void Grid_Long_IsTheOneThatIsWrittenDown()
    {
        List<LossCell> grid = Run(LossGrid.Cells(s_controls, [2, 20, 100, 300], [0, 0.1, 1, 3], [SmallBuffer, 0], [10, 50, 250]), seconds: 10, seeds: 3);
        List<LossCell> disorder = Run(LossGrid.Cells(s_controls, [20, 100], [0, 1], [0], [50], 0.5, 2, 5, 10), seconds: 10, seeds: 3);
        List<FairnessCell> fairness = [.. from control in s_controls from queue in new[] { 25, 50, 250 } from flows in new[] { 2, 4, 8, 16 } select new FairnessCell(control, queue, flows).Run(30)];

        Compare("loss-grid-long.txt", Text(grid, disorder, fairness));
        AssertSense(grid);
        Assert.All(fairness, cell => Assert.True(cell.Index > (cell.Queue <= 50 ? 0.95 : 0.75), $"{cell} {cell.Index}"));
    }

    [Fact]
    public void Goodput_AtOnePercentAnd20Milliseconds_IsAtLeastTheKernels()
    {
        LossCell nominal = new LossCell("cubic", 20, 1, 0, 50, 0).Run(20, 8), asSlow = new LossCell("cubic", KernelRtt, 1, 0, 50, 0).Run(20, 8);

        Assert.True(nominal.Goodput >= KernelAtOnePercent && asSlow.Goodput >= KernelAtOnePercent, $"{nominal.Goodput:F2} and {asSlow.Goodput:F2} Mbit/s");
    }

    private static List<LossCell> Run(List<LossCell> cells, double seconds, int seeds)
    {
        cells.ForEach(cell => cell.Run(seconds, seeds));
        return cells;
    }

    /// <summary>What is true of each cell whatever the numbers.</summary>
    private static void AssertSense(List<LossCell> cells)
    {
        foreach (LossCell cell in cells)
        {
            Assert.InRange(cell.Goodput, 0.1, LossCell.Capacity + 0.01);

            // Frames keep their order: nothing is taken for lost that is not. What is left are tail loss probes of segments whose acknowledgment was delayed.
            Assert.True(cell.Twice <= 0.15, $"{cell}: {cell.Twice:F3} % without need");
            Assert.True(cell.Lost >= cell.Loss * 0.5, $"{cell}: {cell.Lost:F2} % lost");
            if (cell.Buffer > 0)
            {
                // No more than the window is under way: all of the buffer at most.
                Assert.True(cell.Goodput <= cell.Buffer * 8 / cell.Rtt / 1000, $"{cell}: {cell.Goodput:F2} Mbit/s");
            }

            if (cell is { Loss: 0, Buffer: 0, Rtt: <= 20, Queue: >= 50 })
            {
                Assert.True(cell.Goodput > 0.93 * LossCell.Capacity, $"{cell}: {cell.Goodput:F2} Mbit/s");
            }
        }
    }

    private static string Text(List<LossCell> grid, List<LossCell> disorder, List<FairnessCell> fairness) =>
        LossGrid.Table("One flow over a bottleneck of 20 Mbit/s. The goodput is that of the first ten seconds; \"without need\" are segments that the receiver had already when they came again.", grid)
        + LossGrid.Table("The same where frames overtake each other.", disorder)
        + LossGrid.Table("Flows that share the bottleneck, 20 ms; counted from ten seconds on.", fairness);

    private static void Compare(string name, string text, [CallerFilePath] string here = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(here)!, name);
        if (Environment.GetEnvironmentVariable("FINWAIT_UPDATE") == "1")
        {
            File.WriteAllText(path, text);
        }

        Assert.Equal(File.ReadAllText(path), text);
    }
}
