using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using FastBond.Api;
using FastBond.Configuration.Reload;
using FastBond.Core.Bonds;

namespace FastBond.Program.Tests;

/// <summary>Who may change bonds, told by who connected. Needs root: only root can connect as somebody else.</summary>
public sealed partial class PeerCredentialsTests
{
    private const uint Nobody = 65534;

    /// <summary>A group that every system has, standing in for ours.</summary>
    private const string GroupName = "daemon";

    /// <summary>File modes are only the first fence; this opens it so that the second can be seen.</summary>
    private const UnixFileMode Everyone = (UnixFileMode)0b111_111_111;

    private static readonly uint Group = UnixFile.GroupId(GroupName)!.Value;

    [Theory]
    [InlineData("nobody", HttpStatusCode.Forbidden)]
    [InlineData("root's group", HttpStatusCode.Forbidden)]
    [InlineData("primary group", HttpStatusCode.NoContent)]
    [InlineData("one of its groups", HttpStatusCode.NoContent)]
    public async Task WritesAreForRootAndTheGroup(string peer, HttpStatusCode status)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, to connect as another user");
        (uint primaryGroup, uint[] groups) = peer switch
        {
            "primary group" => (Group, []),
            "one of its groups" => (Nobody, [Group + 5, Group, Group + 6]),
            "root's group" => (0u, new uint[] { 0, Group + 5 }),
            _ => (Nobody, []),
        };
        using TempDirectory directory = new();
        File.SetUnixFileMode(directory.Path, Everyone);
        string path = directory.File("control.sock");
        Assert.Equal(Outcome.Ok, ControlSocket.Open(path, out ControlSocket? socket, GroupName));
        using ControlSocket opened = socket!;
        File.SetUnixFileMode(path, Everyone);
        FakeEngine engine = new();
        using ConfigurationKeeper keeper = new(engine, path: null, directory.File("memory"), force: false, (_, line) => Assert.Fail(line));
        await using ControlServer server = await ControlServer.StartAsync(engine, keeper, opened, (_, line) => Assert.Fail(line));
        using HttpClient http = RunningDaemon.HttpOver(ConnectAs(path, primaryGroup, groups));

        using HttpResponseMessage read = await http.GetAsync("/v1/bonds", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);

        using HttpResponseMessage written = await http.DeleteAsync("/v1/bonds/bond0", TestContext.Current.CancellationToken);
        Assert.Equal(status, written.StatusCode);
        bool allowed = status == HttpStatusCode.NoContent;
        string refusal = """{"error":"EACCES","message":"only root and the group fastbond may change bonds, not uid 65534"}""";
        Assert.Equal(allowed ? "" : refusal, await written.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(allowed ? ["delete bond0"] : [], engine.Calls);
    }

    /// <summary>
    /// Connects as user nobody with these groups. The raw calls change the calling thread alone, and that thread ends here; the kernel
    /// records who connected.
    /// </summary>
    private static unsafe Socket ConnectAs(string path, uint primaryGroup, uint[] groups)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                fixed (uint* list = groups)
                {
                    Assert.Equal(0, Syscall(Numbers.SetGroups, groups.Length, (nint)list, 0));
                }

                Assert.Equal(0, Syscall(Numbers.SetResGid, (nint)primaryGroup, (nint)primaryGroup, (nint)primaryGroup));
                Assert.Equal(0, Syscall(Numbers.SetResUid, (nint)Nobody, (nint)Nobody, (nint)Nobody));
                socket.Connect(new UnixDomainSocketEndPoint(path));
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
        return socket;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Syscall(nint number, nint first, nint second, nint third);

    /// <summary>System call numbers of the two architectures FastBond runs on.</summary>
    private static class Numbers
    {
        private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

        public static nint SetResUid => IsArm ? 147 : 117;

        public static nint SetResGid => IsArm ? 149 : 119;

        public static nint SetGroups => IsArm ? 159 : 116;
    }
}
