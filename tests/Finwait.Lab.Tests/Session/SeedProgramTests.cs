namespace Finwait.Lab.Tests;

/// <summary>The C programs of the article on states, and what the lab's compiler makes of C. gcc 12.2 and what it made were the witness.</summary>
public sealed class SeedProgramTests
{
    // The article on states, as printed and in its order: alias addresses, the server, its state, the client, the rule, its removal, both keys. The article
    // swaps two words where it compiles the client, and what a real gcc says to that is said here too.
    [Fact]
    public void StatesArticle_TypedAsPrinted_ShowsTheStatesItNames()
    {
        string transcript = Lab.Play(
            "romeo$ sudo ifconfig eth0:0 192.168.100.100 up", "romeo$ sudo ifconfig eth0:1 192.168.100.51  up", "romeo$ gcc -o server server.c", "romeo$ ./server", "romeo$ watch -n 1 ./server-state.sh",
            "romeo$ gcc -o client.c client", "romeo$ gcc -o client client.c", "romeo$ iptables -A INPUT -s 192.168.100.51  -p tcp --tcp-flags SYN SYN -j DROP", "romeo$ ./client", "wait 1s",
            "romeo$ iptables -D INPUT 1", "wait 2s", "romeo<", "wait 1s", "romeo<", "wait 1s", "romeo$ iptables -S");
        string[] romeo = Lab.Printed(transcript, "romeo");

        Assert.Equal(
            ["ip:port = 192.168.100.100:32000  State = LISTEN", "/usr/bin/ld: cannot find client: No such file or directory", "collect2: error: ld returned 1 exit status",
                "ip:port = 192.168.100.100:32000  State = LISTEN", "ip:port = 192.168.100.51:32089  State = SYN-SENT"],
            romeo[..5]);
        Assert.Equal(2, romeo.Count(line => line == "************ Press any key to exit  "));
        string[] states = [.. romeo[5..].Select(line => line.TrimStart()).Where(line => line.StartsWith("ip:port", StringComparison.Ordinal)).Select(line => line.Split(' ')[2].Split(':')[0][12..] + line.Split(' ')[^1])];
        Assert.Equal(["100LISTEN", "100ESTAB", "51ESTAB", "100LISTEN", "100CLOSE-WAIT", "51FIN-WAIT-2", "51TIME-WAIT"], states);
        Assert.Equal("-P OUTPUT ACCEPT", romeo[^1]);
    }

    [Fact]
    public void Server_StartedTwice_SaysThatTheAddressIsInUse()
    {
        string[] romeo = Lab.Printed(Lab.Play("romeo$ ifconfig eth0:0 192.168.100.100 up", "romeo$ gcc -o server server.c; ./server &", "romeo$ ./server; echo $?", "romeo$ kill %1; ifconfig eth0:0 down; ./server"), "romeo");

        Assert.Equal(["bind: Address already in use", "1", "bind: Cannot assign requested address"], romeo.Where(line => !line.StartsWith('[')));
    }

    // The program and its output were run through gcc 12.2.
    [Fact]
    public void SmallC_CompiledAndRun_PrintsWhatGccsProgramPrints()
    {
        const string Program = """
            #include <stdio.h>
            #define LAST 10
            int add(int a, int b);
            int g = 5;
            int add(int a, int b) { return a + b; }
            int main(int argc, char *argv[])
            {
                int i, n = 0; char buf[16];
                for (i = 0; i < LAST; i++) { if (i == 3) continue; n += i; }
                do { n--; if (n == 30) break; } while (n > 0);
                while ((i = getchar()) != EOF && i != '\n') printf("%c=%d,", i, i);
                printf("\n%s %d %5ld|%x %d%% %s\n", argv[1], add(n, g), (long)n, 255, -7 / 2, n > 3 ? "yes" : "no");
                snprintf(buf, sizeof(buf), "%02d", 7); puts(buf);
                buf[0] = 65; puts(buf); i = 2; n = i++ * 10; printf("%d %d %d\n", n, i, !n || (i = 7) == 7);
                printf("%d %d %d\n", i, argc, (int)sizeof(buf));
                return 3;
            }
            """;
        var session = new LabSession();
        session.Host("romeo")!.Files.Write("t.c", System.Text.Encoding.UTF8.GetBytes(Program));

        Assert.Equal(["a=97,b=98,", "hello 35    30|ff -3% yes", "07", "A7", "20 7 1", "7 2 16", "3"], Lab.Printed(Lab.Play(session, "romeo$ gcc t.c -o t", "romeo$ echo ab | ./t hello; echo $?"), "romeo"));
    }

    // What gcc 12.2 says to the same files; the lab stops at the first mistake.
    [Theory]
    [InlineData("int main(void)\n{\n    int a = 1\n    return a;\n}\n", "t.c: In function ‘main’:", "t.c:4:5: error: expected ‘,’ or ‘;’ before ‘return’", "    4 |     return a;", "      |     ^~~~~~")]
    [InlineData("int main(void)\n{\n    b = 2;\n    return 0;\n}\n", "t.c: In function ‘main’:", "t.c:3:5: error: ‘b’ undeclared (first use in this function)", "    3 |     b = 2;", "      |     ^",
        "t.c:3:5: note: each undeclared identifier is reported only once for each function it appears in")]
    [InlineData("int main(void)\n{\n    3 = 4;\n    return 0;\n}\n", "t.c: In function ‘main’:", "t.c:3:7: error: lvalue required as left operand of assignment", "    3 |     3 = 4;", "      |       ^")]
    [InlineData("int f(void)\n{\n    return 0;\n}\n", "/usr/bin/ld: /lib/x86_64-linux-gnu/Scrt1.o: in function `_start':", "(.text+0x17): undefined reference to `main'", "collect2: error: ld returned 1 exit status")]
    public void WrongC_Compiled_IsRefusedInGccsWords(string program, params string[] expected)
    {
        var session = new LabSession();
        session.Host("romeo")!.Files.Write("t.c", System.Text.Encoding.UTF8.GetBytes(program));

        Assert.Equal(expected, Lab.Printed(Lab.Play(session, "romeo$ gcc -Wall -o t t.c"), "romeo"));
    }
}
