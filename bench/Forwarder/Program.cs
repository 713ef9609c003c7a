using System.Runtime.InteropServices;
using FastBond.Core.Bonds;
using FastBond.Dataplane.Frames;
using FastBond.Forwarder;
using FastBond.Linux;

// Forwards every frame between a bond and a port, both ways, on this thread. A port is a bond of one slave.
if (args is not [string slaves, string port, .. string[] rest])
{
    Console.Error.WriteLine("usage: Forwarder SLAVE,SLAVE… PORT [state-dir=DIR] [option=value …]");
    return 2;
}

Dictionary<string, string> given = rest.Append("mode=active-backup").Select(word => word.Split('=', 2)).Where(word => word.Length == 2).DistinctBy(word => word[0])
    .ToDictionary(word => word[0], word => word[1]);
string stateDirectory = given.Remove("state-dir", out string? directory) ? directory : "/run/fastbond";
OptionSetting[] options = [.. given.Select(option => new OptionSetting(option.Key, option.Value))];
OptionSetting[] cores = [.. options.Where(option => option.Name == "cores")];

using Engine engine = new(new EngineSettings { StateDirectory = stateDirectory, Log = (_, line) => Console.Error.WriteLine(line) });
FramePool frames = BondPort.CreatePool(bonds: 2);
Outcome outcome = engine.Start();
if (!outcome.Success)
{
    Console.Error.WriteLine(outcome);
    return 1;
}

try
{
    using BondPort bond = Open("bond", slaves.Split(','), options);
    using BondPort single = Open("port", [port], [new OptionSetting("mode", "active-backup"), .. cores]);
    Forwarding forwarding = new(bond, single);
    using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, forwarding.Stop);
    using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, forwarding.Stop);
    Console.WriteLine("ready");
    forwarding.Run();
    Console.WriteLine($"{forwarding.Counts} violations {frames.Violations}");
    return 0;
}
catch (InvalidOperationException refusal)
{
    Console.Error.WriteLine(refusal.Message);
    return 1;
}
finally
{
    await engine.StopAsync(deleteByDefault: true);
    BondPort.FreePool(frames);
}

BondPort Open(string name, string[] with, OptionSetting[] set)
{
    BondRequest request = new(name, [new OptionSetting("host_port", "none"), .. set], with, TakeDown: true, Force: false);
    Outcome added = engine.AddBondAsync(request).Result;
    (Outcome opened, BondPort? made) = added.Success ? engine.OpenPortAsync(new BondPortRequest(name) { Pools = [frames], Promiscuous = true }).Result : (added, null);
    return made ?? throw new InvalidOperationException(opened.ToString());
}
