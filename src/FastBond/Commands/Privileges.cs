using System.Globalization;
using FastBond.Core.Bonds;

namespace FastBond.Commands;

/// <summary>The capabilities a command needs, checked before anything is touched; numbers are those of capabilities(7).</summary>
internal static class Privileges
{
    /// <summary>CAP_NET_ADMIN: change interfaces.</summary>
    public const int NetAdmin = 12;

    /// <summary>CAP_NET_RAW: open AF_XDP and packet sockets.</summary>
    public const int NetRaw = 13;

    /// <summary>CAP_BPF: load XDP programs; CAP_SYS_ADMIN includes it.</summary>
    public const int Bpf = 39;

    private const int SysAdmin = 21;

    /// <summary>
    /// What the commands that take interfaces over have in common: the check comes first, a refusal is one line on stderr, and so is a
    /// native library that isn't there.
    /// </summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> InvokeAsync(TextWriter error, int[] needed, Func<Task<Outcome>> command)
    {
        Outcome outcome = Check(needed);
        if (outcome.Success)
        {
            try
            {
                outcome = await command();
            }
            catch (DllNotFoundException e)
            {
                outcome = new Outcome(Errno.ENOENT, e.Message);
            }
        }

        if (!outcome.Success)
        {
            error.WriteLine($"fastbond: {outcome}");
        }

        return outcome.Success ? 0 : 1;
    }

    /// <summary>EPERM, naming what is missing, unless the process has every one of <paramref name="needed"/>.</summary>
    public static Outcome Check(ReadOnlySpan<int> needed)
    {
        string effective = File.ReadLines("/proc/self/status").First(line => line.StartsWith("CapEff:", StringComparison.Ordinal))["CapEff:".Length..];
        return Check(ulong.Parse(effective.AsSpan().Trim(), NumberStyles.HexNumber), needed);
    }

    /// <summary>The same for a given set of effective capabilities, one bit each.</summary>
    public static Outcome Check(ulong effective, ReadOnlySpan<int> needed)
    {
        List<string> missing = [];
        foreach (int capability in needed)
        {
            bool has = Has(effective, capability) || (capability == Bpf && Has(effective, SysAdmin));
            if (!has)
            {
                missing.Add(Name(capability));
            }
        }

        return missing.Count == 0
            ? Outcome.Ok
            : new Outcome(Errno.EPERM, $"{string.Join(", ", missing)} missing: run it as root, or with these capabilities");
    }

    private static bool Has(ulong effective, int capability) => (effective >> capability & 1) != 0;

    private static string Name(int capability) => capability switch
    {
        NetAdmin => "CAP_NET_ADMIN",
        NetRaw => "CAP_NET_RAW",
        Bpf => "CAP_BPF",
        _ => throw new ArgumentOutOfRangeException(nameof(capability)),
    };
}
