using System.Text;

namespace Finwait.Lab.Tests;

/// <summary>The lab's Python against what Python 3.11 answered to the same lines (tests/golden/python, made by make.py).</summary>
public sealed class PythonWitnessTests
{
    private sealed record Sample(List<string> Lines, string Answer);

    [Theory]
    [InlineData("language.txt")]
    [InlineData("blocks.txt")]
    [InlineData("errors.txt")]
    [InlineData("suggestions.txt")]
    public void Line_TypedAtThePrompt_AnswersAsPythonDoes(string file)
    {
        var output = new StringWriter();
        var console = new PythonConsole(new FakeMachine(), 1001, output);
        var wrong = new StringBuilder();
        int samples = 0;
        foreach (Sample sample in Read(GoldenFiles.Text("python", file)))
        {
            samples++;
            output.GetStringBuilder().Clear();
            sample.Lines.ForEach(line => console.Enter(line));
            console.Run();
            string answer = output.ToString();
            if (Comparable(sample.Answer) != Comparable(answer))
            {
                wrong.Append(string.Join("\n", sample.Lines)).Append("\n--- Python:\n").Append(sample.Answer).Append("--- lab:\n").Append(answer).Append('\n');
            }
        }

        Assert.True(samples > 20);
        Assert.True(wrong.Length == 0, wrong.ToString());
    }

    // What Python has and the lab leaves out is no mistake of who typed it.
    [Theory]
    [InlineData("x: int = 5", "SyntaxError: the lab's Python does not have annotations: leave out what stands behind the name")]
    [InlineData("def f(a: int): return a", "SyntaxError: the lab's Python does not have annotations: leave out what stands behind the name")]
    [InlineData("...", "SyntaxError: the lab's Python does not have '...'")]
    [InlineData("x:", "SyntaxError: invalid syntax")]
    public void Line_LeftOutOfTheLabsPython_SaysSo(string line, string told)
    {
        var output = new StringWriter();
        var console = new PythonConsole(new FakeMachine(), 1001, output);

        console.Enter(line);
        console.Run();

        Assert.Equal(told, output.ToString().TrimEnd('\n').Split('\n')[^1]);
    }

    /// <summary>
    /// Of a syntax error the last line counts: where exactly the carets stand is the parser's private matter.
    /// Three mistakes are told in other words, see <see cref="Reworded"/>.
    /// </summary>
    private static string Comparable(string answer)
    {
        string last = answer.TrimEnd('\n').Split('\n')[^1];
        return last.StartsWith("SyntaxError: ", StringComparison.Ordinal) || last.StartsWith("IndentationError: ", StringComparison.Ordinal) ? Reworded(last) : answer;
    }

    private static string Reworded(string line) => line switch
    {
        "SyntaxError: the lab's Python does not have 'lambda'" => "SyntaxError: invalid syntax",
        "SyntaxError: duplicate argument 'a' in function definition" => "SyntaxError: invalid syntax",
        "SyntaxError: f-string: invalid syntax" => "SyntaxError: f-string: invalid syntax. Perhaps you forgot a comma?",
        _ => line,
    };

    private static IEnumerable<Sample> Read(string text)
    {
        Sample? sample = null;
        var answer = new StringBuilder();
        foreach (string line in text.TrimEnd('\n').Split('\n'))
        {
            if (line.StartsWith(">>> ", StringComparison.Ordinal))
            {
                if (sample is not null)
                {
                    yield return sample with { Answer = answer.ToString() };
                }

                answer.Clear();
                sample = new Sample([line[4..]], "");
            }
            else if (line.StartsWith("... ", StringComparison.Ordinal) && answer.Length == 0)
            {
                sample!.Lines.Add(line[4..]);
            }
            else if (!line.StartsWith("<stdin>:1: SyntaxWarning", StringComparison.Ordinal))
            {
                answer.Append(line).Append('\n');
            }
        }

        yield return sample! with { Answer = answer.ToString() };
    }
}
