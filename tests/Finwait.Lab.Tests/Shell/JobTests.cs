using System.Globalization;
using System.Text.RegularExpressions;

namespace Finwait.Lab.Tests;

/// <summary>jobs and the numbers of processes, as an interactive bash 5.2 showed them for the same lines.</summary>
public sealed class JobTests
{
    [Fact]
    public void Jobs_WhenOneHasEnded_TellsItInItsPlaceAndOnce()
    {
        string[] romeo = Lab.Printed(Lab.Play("romeo$ sleep 100 &", "romeo$ sleep 200 &", "romeo$ sleep 300 &", "romeo$ kill %1", "romeo$ jobs", "romeo$ jobs"), "romeo");

        Assert.Equal(
            [
                "[1]   Terminated              sleep 100", "[2]-  Running                 sleep 200 &", "[3]+  Running                 sleep 300 &",
                "[2]-  Running                 sleep 200 &", "[3]+  Running                 sleep 300 &",
            ],
            romeo[3..]);
    }

    [Fact]
    public void EndedJob_WithoutJobs_IsToldAfterTheNextLine()
    {
        string[] romeo = Lab.Printed(Lab.Play("romeo$ sleep 100 &", "romeo$ sleep 200 &", "romeo$ kill %1", "romeo$ echo hello"), "romeo");

        Assert.Equal(["hello", "[1]-  Terminated              sleep 100"], romeo[2..]);
    }

    [Fact]
    public void ProcessNumbers_OfOneProgramAfterTheOther_RiseAndAreNotUsedAgain()
    {
        string[] juliet = Lab.Printed(Lab.Play("juliet$ tcpdump -i eth1 > /dev/null &", "juliet$ nc -l 4000 &", "juliet$ kill %2", "juliet$ nc -l 4000 &", "juliet$ sleep 9 &"), "juliet");
        int[] numbers = [.. juliet.Select(line => Regex.Match(line, @"^\[\d+\] (\d+)$")).Where(match => match.Success).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

        Assert.Equal(4, numbers.Length);
        Assert.Equal(numbers.Distinct().Order(), numbers);
    }
}
