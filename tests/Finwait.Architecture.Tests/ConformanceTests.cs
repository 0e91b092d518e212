using System.Text;

namespace Finwait.Architecture.Tests;

/// <summary>docs/conformance.md says what the tests say: status and tests are computed, rules and notes are written by hand.</summary>
public class ConformanceTests
{
    private const string Document = "docs/conformance.md";
    private const int MostTestsShown = 4;

    [Fact]
    public void Document_SaysWhatTheTestsName()
    {
        ILookup<string, string> testsOf = TestComments.Read().ToLookup(naming => naming.Row, naming => naming.Test, StringComparer.Ordinal);
        Repository.AssertGenerated(Document, Rewrite(Repository.ReadLines(Document), testsOf));
    }

    [Fact]
    public void Tests_NameOnlyRowsThatExist()
    {
        HashSet<string> known = Rows(Repository.ReadLines(Document)).SelectMany(row => row.Ids).ToHashSet(StringComparer.Ordinal);
        Repository.AssertNone(TestComments.Read().Where(naming => !known.Contains(naming.Row))
            .Select(naming => $"{naming.Path}:{naming.Line}: there is no row {naming.Row} in {Document}").Distinct());
    }

    [Fact]
    public void Rows_AreThereOnce_AndNoneIsLost()
    {
        List<Row> rows = Rows(Repository.ReadLines(Document)).ToList();
        Repository.AssertNone(rows.SelectMany(row => row.Ids).GroupBy(id => id, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => $"{group.Key} stands there {group.Count()} times"));
        // 452 rows of the checklist, the 66 cells of its table of user calls, and its step 3 (security and compartment).
        Assert.Equal(452 + 66 + 1, rows.Count);
    }

    [Fact]
    public void WaivedRows_SayWhy()
    {
        Repository.AssertNone(Rows(Repository.ReadLines(Document)).Where(row => row.IsWaived && row.Note.Length < "Waived: ".Length + 20).Select(row => $"{row.Ids[0]} is waived without a reason"));
    }

    [Theory]
    [InlineData("// MUST-5, SM-SEQ-3: why\n[Fact]\npublic void A_B_C()", "MUST-5 SM-SEQ-3")]
    [InlineData("// SM-TW-1…3, X-1337-1.\n[Theory]\n[InlineData(1)]\npublic async Task A_B_C()", "SM-TW-1 SM-TW-2 SM-TW-3 X-1337-1")]
    [InlineData("// SM-TW-1 to SM-TW-2\n[Fact(Skip = null)]\npublic void A_B_C()", "SM-TW-1 SM-TW-2")]
    [InlineData("// MUST-5\nint x = 0;\n[Fact]\npublic void A_B_C()", "")]
    [InlineData("// MUST-5\npublic void Helper()\n{\n}\n\n[Fact]\npublic void A_B_C()", "")]
    [InlineData("// RFC 9293 §3.5, a must-have; N-6864\n// BUG-01\n[Fact]\npublic void A_B_C()", "N-6864 BUG-01")]
    public void Comments_NameRows_OnlyDirectlyAboveATest(string text, string rows)
    {
        string[] lines = ("public class Tests\n{\n" + text).Split('\n');
        Assert.Equal(rows, string.Join(' ', TestComments.Read("x.cs", lines).Select(naming => naming.Row)));
        Assert.All(TestComments.Read("x.cs", lines), naming => Assert.Equal("Tests.A_B_C", naming.Test));
    }

    [Fact]
    public void Comments_AboveAClass_CountForItsTests()
    {
        string[] lines = "// BUG-31\npublic class First\n{\n[Fact]\npublic void A()\n{\n}\n}\npublic class Second\n{\n[Fact]\npublic void B()".Split('\n');
        Assert.Equal(["First.A BUG-31"], TestComments.Read("x.cs", lines).Select(naming => $"{naming.Test} {naming.Row}"));
    }

    private sealed record Row(string[] Ids, string Rule, string Note)
    {
        public bool IsWaived => Note.StartsWith("Waived:", StringComparison.Ordinal);

        public bool IsPartial => Note.StartsWith("Partly:", StringComparison.Ordinal);

        public string StatusFor(ILookup<string, string> testsOf) =>
            IsWaived ? "waived" : !IsPartial && Ids.All(testsOf.Contains) ? "met" : "open";
    }

    private static IEnumerable<Row> Rows(string[] lines) => lines.Select(TryRead).OfType<Row>();

    private static Row? TryRead(string line)
    {
        string[] cells = line.Split('|');
        return cells.Length == 7 && cells[1].Contains('-', StringComparison.Ordinal) && !cells[1].Contains("---", StringComparison.Ordinal)
            ? new(cells[1].Split(',', StringSplitOptions.TrimEntries), cells[2].Trim(), cells[5].Trim())
            : null;
    }

    private static string Rewrite(string[] lines, ILookup<string, string> testsOf)
    {
        List<Row> rows = Rows(lines).ToList();
        Dictionary<string, int> count = rows.GroupBy(row => row.StatusFor(testsOf), StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        var text = new StringBuilder();
        bool inSummary = false;
        for (int i = 0; i < lines.Length; i++)
        {
            inSummary &= lines[i] != "<!-- /summary -->";
            if (TryRead(lines[i]) is { } row)
            {
                string[] tests = row.Ids.SelectMany(id => testsOf[id]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
                string shown = string.Join(", ", tests.Take(MostTestsShown)) + (tests.Length > MostTestsShown ? $" and {tests.Length - MostTestsShown} more" : "");
                text.Append($"| {string.Join(", ", row.Ids)} | {row.Rule} | {row.StatusFor(testsOf)} | {shown} | {row.Note} |");
            }
            else if (!inSummary)
            {
                text.Append(lines[i]);
            }
            else
            {
                continue;
            }

            text.Append(i < lines.Length - 1 ? "\n" : "");
            if (lines[i] == "<!-- summary -->")
            {
                inSummary = true;
                text.Append($"{rows.Count} rows: {count.GetValueOrDefault("met")} met, {count.GetValueOrDefault("open")} open, {count.GetValueOrDefault("waived")} waived.\n");
            }
        }

        return text.ToString();
    }
}
