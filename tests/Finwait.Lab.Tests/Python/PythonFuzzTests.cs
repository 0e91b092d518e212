namespace Finwait.Lab.Tests;

/// <summary>Whatever is typed, the prompt answers and nothing is thrown past it.</summary>
public sealed class PythonFuzzTests
{
    private static readonly string[] Pieces =
    [
        "sock", "socket", ".", "(", ")", "[", "]", "{", "}", ",", ":", "=", "==", "+", "*", "**", "-", "not ", "if ", "else ", "while ", "for ", " in ", "def f():", "return ", "break", "try:",
        "except", "finally:", "raise ", "import ", "from ", "print", "b'x'", "'s'", "f'{1}'", "f'{", "\"", "'", "\\", "1", "0x", "1e9", "None", "True", "recv", "send", "accept()", "connect",
        "\t", " ", "    ", "#", "$", "é", "\u2028", "\0", "lambda", "class", "await", "with ", " as ", "global ", "del ", "@", "~", "<<", ">>", "%", "...", "->", ";", "10 ** 9", "str(", "int(", "range(",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Line_MadeOfRandomPieces_NeverThrowsPastThePrompt(int seed)
    {
        var random = new Random(seed);
        var machine = new FakeMachine();
        var console = new PythonConsole(machine, 1001, new StringWriter());
        for (int i = 0; i < 3000; i++)
        {
            string line = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            Feed(console, machine, line);
            if (console.HasExited)
            {
                console = new PythonConsole(machine, 1001, new StringWriter());
            }
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Line_OfTheSourceDocumentsMutated_NeverThrowsPastThePrompt(int seed)
    {
        string[] lines =
        [
            "import socket", "sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)", "sock.connect(('10.10.2.100', 4000))", "conn_sock, conn_addr = sock.accept()", "sock.send(b\"Hello juliet\")",
            "print(f\"FROM: {address} MSG: {msg}\")", "sock.shutdown(socket.SHUT_RDWR)", "if __name__ == \"__main__\":", "(client_sock, address) = sck.accept()",
        ];
        var random = new Random(seed);
        var machine = new FakeMachine();
        var console = new PythonConsole(machine, 1001, new StringWriter());
        for (int i = 0; i < 3000; i++)
        {
            char[] line = lines[random.Next(lines.Length)].ToCharArray();
            for (int n = random.Next(4); n >= 0; n--)
            {
                line[random.Next(line.Length)] = (char)random.Next(1, 0x180);
            }

            Feed(console, machine, new string(line));
        }
    }

    [Theory]
    [InlineData("(")]
    [InlineData("[")]
    [InlineData("-")]
    [InlineData("not ")]
    [InlineData("f(")]
    [InlineData("a.")]
    [InlineData("1+")]
    [InlineData("1 if ")]
    [InlineData("x[")]
    [InlineData("a**")]
    [InlineData("a and ")]
    public void Line_NestedVeryDeep_IsRefused(string piece)
    {
        var output = new StringWriter();
        var machine = new FakeMachine();
        var console = new PythonConsole(machine, 1001, output);

        Feed(console, machine, string.Concat(Enumerable.Repeat(piece, 20_000)) + "1");

        Assert.Contains("Error", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Value_NestedVeryDeep_IsShownAsAnError()
    {
        var output = new StringWriter();
        var machine = new FakeMachine();
        var console = new PythonConsole(machine, 1001, output);

        foreach (string line in new[] { "t = ()", "for i in range(5000): t = (t,)", "", "t", "t == (t,)", "u = t" })
        {
            console.Enter(line);
        }

        for (console.Run(); !console.IsIdle; console.Run())
        {
            machine.Now = console.Deadline; // a loop this long is cut in slices
        }

        Assert.Contains("RecursionError", output.ToString(), StringComparison.Ordinal);
    }

    private static void Feed(PythonConsole console, FakeMachine machine, string line)
    {
        console.Enter(line);
        console.Run();
        for (int n = 0; n < 3 && !console.IsIdle && !console.Deadline.IsNever; n++)
        {
            machine.Now = machine.Now < console.Deadline ? console.Deadline : machine.Now;
            console.Run();
        }

        if (!console.IsIdle || console.IsInBlock)
        {
            console.Interrupt();
            machine.Now += TimeSpan.FromSeconds(10);
            console.Run();
        }
    }
}
