namespace Finwait.Lab.Tests;

/// <summary>What the values of a Python process take of the real memory is near what the process counts.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class PythonMemoryTests
{
    [Theory]
    [InlineData("x.append((i, i, i))")]
    [InlineData("x.append(str(i) * 100)")]
    [InlineData("x.extend(range(10000))")]
    [InlineData("x = [x, x, i]")]
    [InlineData("x.append(x.append)")]
    [InlineData("x.append(2 ** (i + 1000))")]
    [InlineData("x = x + [x]")]
    public void Memory_FilledBySmallValues_StaysNearTheLimitAndTheRestStillWorks(string statement)
    {
        const long Limit = 16 * 1024 * 1024;
        var machine = new FakeMachine();
        var output = new StringWriter();
        var console = new PythonConsole(machine, 1001, output);
        console.Memory.Limit = Limit;
        foreach (string line in new[] { "x = []", "i = 1000", "while True:", "    i = i + 1", "    " + statement, "" })
        {
            console.Enter(line);
        }

        for (int i = 0; i < 1000 && (i == 0 || console.IsBusy); i++, machine.Now += TimeSpan.FromSeconds(1))
        {
            console.Run();
        }

        Assert.EndsWith("MemoryError\n", output.ToString(), StringComparison.Ordinal);
        long with = MemoryInUse(); // both readings stand close together: what other tests left to pools may go at any time
        console.Enter("1 + 1");
        console.Enter("del x");
        console.Run();
        Assert.InRange(with - MemoryInUse(), Limit / 2, 3 * Limit / 2);
        console.Enter("len(b'y' * 8000000)");
        console.Run();
        Assert.EndsWith("MemoryError\n2\n8000000\n", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_FilledAgainAfterEachMemoryError_StaysNearTheLimit()
    {
        const long Limit = 4 * 1024 * 1024;
        object?[] held = [null];
        Fill(held, Limit);
        long with = MemoryInUse();
        held[0] = null; // both readings stand close together: what other tests left to pools may go at any time
        Assert.InRange(with - MemoryInUse(), Limit / 2, 3 * Limit);
    }

    /// <summary>Puts a prompt there whose loop has filled its memory again and again; no name here reaches it.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Fill(object?[] into, long limit)
    {
        var machine = new FakeMachine();
        var console = new PythonConsole(machine, 1001, new StringWriter());
        console.Memory.Limit = limit;
        foreach (string line in new[] { "x = []", "while True:", "    try:", "        x.append(b'y' * 1000)", "    except MemoryError:", "        pass", "" })
        {
            console.Enter(line);
        }

        for (int i = 0; i < 60; i++, machine.Now += TimeSpan.FromSeconds(1))
        {
            console.Run();
        }

        Assert.True(console.IsBusy);
        into[0] = console;
    }

    /// <summary>Octets that live, after what earlier tests left to finalizers has gone: it must not vanish between two readings.</summary>
    private static long MemoryInUse()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
