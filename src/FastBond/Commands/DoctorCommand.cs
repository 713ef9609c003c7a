using System.CommandLine;
using FastBond.Doctor;

namespace FastBond.Commands;

/// <summary><c>doctor</c>: what FastBond would get on this machine, interface by interface, and why not more.</summary>
internal static class DoctorCommand
{
    public static Command Create(Globals globals)
    {
        Command command = new("doctor", "Tell what FastBond would get on this machine, why not more, and what mends it; changes nothing.");
        command.SetAction(parsed =>
        {
            try
            {
                Print(MachineReader.Read(globals.StateDirectoryOf(parsed)), parsed.InvocationConfiguration.Output);
                return 0;
            }
            catch (Exception failure) when (failure is DllNotFoundException or System.ComponentModel.Win32Exception)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"fastbond: {failure.Message}");
                return 1;
            }
        });
        return command;
    }

    private static void Print(MachineFacts machine, TextWriter output)
    {
        output.WriteLine("machine");
        Print(Examination.OfMachine(machine), output);
        foreach (NicFacts nic in machine.Nics)
        {
            output.WriteLine();
            output.WriteLine(nic.Name);
            Print(Examination.OfNic(nic, machine), output);
        }
    }

    private static void Print(IReadOnlyList<Finding> findings, TextWriter output)
    {
        foreach (Finding finding in findings)
        {
            output.WriteLine($"  {finding.Text}");
            if (finding.Command is not null)
            {
                output.WriteLine($"    # {finding.Command}");
            }
        }
    }
}
