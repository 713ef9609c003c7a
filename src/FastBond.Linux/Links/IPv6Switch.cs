using FastBond.Core.Bonds;

namespace FastBond.Linux.Links;

/// <summary>
/// <c>disable_ipv6</c> of an interface: netlink has no attribute for it. Set before the interface comes up, else the stack has announced
/// itself already. Meant is the network namespace of the calling thread.
/// </summary>
public static class IPv6Switch
{
    /// <summary>The switch's content, "0" or "1"; null on a kernel without IPv6 or if the interface is gone.</summary>
    public static string? Read(string name)
    {
        try
        {
            return File.ReadAllText(PathOf(name)).Trim();
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes the switch; without IPv6 in the kernel there is nothing to do.</summary>
    public static Outcome Write(string name, string value)
    {
        try
        {
            // FileMode.Open: a switch that is not there must not be asked to be created.
            using FileStream stream = new(PathOf(name), FileMode.Open, FileAccess.Write);
            stream.Write(System.Text.Encoding.ASCII.GetBytes(value));
            return Outcome.Ok;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return Outcome.Ok;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new Outcome(Errno.EACCES, $"cannot write {PathOf(name)}: {failure.Message}; a service must not set ProtectKernelTunables");
        }
    }

    private static string PathOf(string name) => $"/proc/sys/net/ipv6/conf/{name}/disable_ipv6";
}
