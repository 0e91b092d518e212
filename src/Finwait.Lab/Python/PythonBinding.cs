namespace Finwait.Lab;

/// <summary>Gives the arguments of a call to the parameters of a function, with Python's complaints.</summary>
internal static class PythonBinding
{
    public static Dictionary<string, object> Bind(PyFunction function, object[] positional, (string Name, object Value)[] keywords)
    {
        (string Name, bool HasDefault)[] parameters = function.Code.Parameters;
        string name = function.Code.Name;
        var locals = new Dictionary<string, object>();
        for (int i = 0; i < positional.Length && i < parameters.Length; i++)
        {
            locals[parameters[i].Name] = positional[i];
        }

        foreach ((string key, object value) in keywords)
        {
            if (!Array.Exists(parameters, p => p.Name == key))
            {
                throw PythonRaise.Type($"{name}() got an unexpected keyword argument '{key}'");
            }

            if (!locals.TryAdd(key, value))
            {
                throw PythonRaise.Type($"{name}() got multiple values for argument '{key}'");
            }
        }

        if (positional.Length > parameters.Length)
        {
            int least = parameters.Length - function.Defaults.Length;
            string takes = function.Defaults.Length == 0 ? Count(parameters.Length) : $"from {least} to {Count(parameters.Length)}";
            throw PythonRaise.Type($"{name}() takes {takes} but {positional.Length} {(positional.Length == 1 ? "was" : "were")} given");
        }

        int firstDefault = parameters.Length - function.Defaults.Length;
        for (int i = firstDefault; i < parameters.Length; i++)
        {
            locals.TryAdd(parameters[i].Name, function.Defaults[i - firstDefault]);
        }

        string[] missing = parameters.Where(p => !locals.ContainsKey(p.Name)).Select(p => $"'{p.Name}'").ToArray();
        return missing.Length == 0 ? locals : throw PythonRaise.Type($"{name}() missing {missing.Length} required positional argument{(missing.Length == 1 ? "" : "s")}: {Listed(missing)}");
    }

    private static string Count(int number) => $"{number} positional argument{(number == 1 ? "" : "s")}";

    private static string Listed(string[] names) => names switch
    {
        [string one] => one,
        [string a, string b] => $"{a} and {b}",
        _ => string.Join(", ", names[..^1]) + ", and " + names[^1],
    };
}
