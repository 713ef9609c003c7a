using FastBond.Simulation.Fuzz;
using Xunit.Runner.InProc.SystemConsole;

// The tests, unless asked to simulate.
return args is ["simulate", .. string[] rest] ? SimulateCommand.Run(rest) : await ConsoleRunner.Run(args);
