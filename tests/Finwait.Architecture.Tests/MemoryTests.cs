namespace Finwait.Architecture.Tests;

/// <summary>Tests that measure memory tell what they saw only when they run alone.</summary>
public class MemoryTests
{
    private static readonly string[] Measures = ["AllocationMeter.Start(", "GC.GetTotalMemory(", "GC.GetAllocatedBytes"];

    [Fact]
    public void Tests_ThatMeasureMemory_RunAlone()
    {
        var measuring = Repository.Files("tests", "*Tests.cs").Where(path => !path.StartsWith("tests/Finwait.Architecture.Tests/", StringComparison.Ordinal))
            .Select(path => (Path: path, Text: Repository.Read(path)))
            .Where(file => Measures.Any(measure => file.Text.Contains(measure, StringComparison.Ordinal))).ToList();

        Assert.True(measuring.Count >= 10, "the tests of memory were not found");
        Repository.AssertNone(measuring.Where(file => !file.Text.Contains("[Collection(nameof(AloneInTheProcess))]\npublic ", StringComparison.Ordinal))
            .Select(file => $"{file.Path} measures memory: its class needs [Collection(nameof(AloneInTheProcess))]"));
    }

    [Fact]
    public void OtherTestFiles_DoNotMeasureMemory()
    {
        Repository.AssertNone(Repository.Files("tests", "*.cs").Where(path => !path.EndsWith("Tests.cs", StringComparison.Ordinal) && path != "tests/Shared/AllocationMeter.cs")
            .Where(path => Measures.Any(measure => Repository.Read(path).Contains(measure, StringComparison.Ordinal)))
            .Select(path => $"{path} measures memory: a class of tests should, alone in the process"));
    }
}
