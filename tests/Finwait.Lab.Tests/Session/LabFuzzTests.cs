namespace Finwait.Lab.Tests;

/// <summary>Whatever lines come, the lab answers or complains; nothing is thrown past it.</summary>
public sealed class LabFuzzTests
{
    private static readonly string[] s_words =
    [
        "romeo", "juliet", "> ", "$ ", "< ", "| ", "...", "wait", "step", "at", "show", "save", "network", "delay", "ss", "lsof", "-tan", "-i", "tcp", "tcpdump", "-w", "f.pcap", "-r", "nc", "-l", "-k", "-v", "-z", "-u", "-w", "1",
        "4000", "234", "1-5", "10.10.2.100", "localhost", "iptables", "-A", "INPUT", "-p", "-j", "DROP", "-D", "-L", "ping", "-c", "python3", "server.py", "client.py", "cat", "ls", "rm", "echo", "$ETH0_IP$", "$(hostname)", "`date`",
        "'", "\"", "|", "||", "&&", "&", ";", ">", ">>", "<", "2>&1", "grep", "awk", "'{print $1}'", "sysctl", "-a", "^C", "^D", "kill", "1001", "sleep", "0.1", "watch", "import socket", "s = socket.socket()", "s.listen()",
        "s.connect(('10.10.2.100', 4000))", "s.accept()", "\\", "#", "é", "\t", "3s", "next", "99999999999", "-1", "head", "wc", "ip", "addr", "ifconfig", "eth1",
    ];

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void Lines_MadeOfRandomWords_NeverThrow(int seed)
    {
        var random = new Random(seed);
        var session = new LabSession((ulong)seed);
        for (int i = 0; i < 400; i++)
        {
            string prompt = random.Next(5) switch { 0 => "romeo> ", 1 => "juliet> ", 2 => "romeo$ ", 3 => "juliet$ ", _ => "" };
            session.Execute(prompt + string.Join(random.Next(4) == 0 ? "" : " ", Enumerable.Range(0, random.Next(1, 9)).Select(_ => s_words[random.Next(s_words.Length)])));
            session.TakeOutput();
            if (i % 20 == 19)
            {
                session.Execute("romeo> ^C");
                session.Execute("juliet> ^C");
                session.Execute("romeo$ ^C");
                session.Execute("juliet$ ^C");
            }
        }
    }

    [Fact]
    public void Lines_OfAScenarioMutated_NeverThrow()
    {
        var random = new Random(14);
        foreach (string name in LabScenarios.All.Select(scenario => scenario.Name))
        {
            var session = new LabSession();
            foreach (string line in LabScenarios.Read(name))
            {
                char[] mutated = line.ToCharArray();
                if (mutated.Length > 0 && random.Next(2) == 0)
                {
                    mutated[random.Next(mutated.Length)] = (char)random.Next(32, 127);
                }

                session.Execute(new string(mutated));
                session.TakeOutput();
            }
        }
    }
}
